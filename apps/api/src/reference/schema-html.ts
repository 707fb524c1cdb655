import { html } from "hono/html";
import { type Html, inline, listOf, prose } from "./page.ts";
import { nameOf, type ReferenceDocument, resolve, type Schema } from "./reference-document.ts";

const count = (value: number) => value.toLocaleString("en");

const range = (min: number | undefined, max: number | undefined, unit = ""): string => {
  const of = unit && ` ${unit}`;
  const isUnbounded = max === undefined || max >= Number.MAX_SAFE_INTEGER;
  if (isUnbounded) return min === undefined ? "" : `${count(min)}${of} or more`;
  if (min === undefined) return `up to ${count(max)}${of}`;
  return min === max ? `${count(min)}${of}` : `${count(min)} to ${count(max)}${of}`;
};

const limitsOf = (schema: Schema): string =>
  [
    schema.format ?? "",
    range(schema.minLength, schema.maxLength, "characters"),
    range(schema.minItems, schema.maxItems, "items"),
    range(schema.minimum, schema.maximum),
    schema.maxProperties ? range(undefined, schema.maxProperties, "members") : "",
  ]
    .filter(Boolean)
    .join(", ");

const literal = (value: unknown): Html =>
  html`<code>${typeof value === "string" ? value : JSON.stringify(value)}</code>`;

/** So many that a line of them is not read by itself. */
const MANY = 4;

const alternativesOf = ({ anyOf, oneOf }: Schema): Schema[] => anyOf ?? oneOf ?? [];

const baseType = (document: ReferenceDocument, schema: Schema): Html => {
  if (schema.$ref) return html`${nameOf(schema.$ref)}`;
  if ("const" in schema) return literal(schema.const);
  if (schema.enum)
    return html`${listOf(schema.enum.map(literal), schema.enum.length > MANY ? ", " : " or ")}`;
  if (!schema.properties && alternativesOf(schema).length > 0) {
    return html`${listOf(
      alternativesOf(schema).map((one) => typeOf(document, one)),
      ", or ",
    )}`;
  }
  return html`${[schema.type ?? "anything"].flat().join(" or ")}`;
};

/** What a list or a map holds. */
const heldBy = ({ type, items, additionalProperties }: Schema): Schema | undefined => {
  if (type === "array") return items ?? {};
  return typeof additionalProperties === "object" && additionalProperties.type
    ? additionalProperties
    : undefined;
};

/** What a value may be, in a line. */
const typeOf = (document: ReferenceDocument, schema: Schema): Html => {
  const limits = limitsOf(schema);
  const held = heldBy(schema);
  return html`${baseType(document, schema)}${limits ? ` (${limits})` : ""}${held ? html` of ${typeOf(document, held)}` : ""}`;
};

/** What a schema leads to; an object told in several parts, as one. */
const whole = (document: ReferenceDocument, schema: Schema): Schema => {
  const { allOf, ...own } = resolve(document, schema);
  if (!allOf) return own;
  const parts = [...allOf.map((part) => whole(document, part)), own];
  return {
    ...Object.assign({}, ...parts),
    properties: Object.assign({}, ...parts.map(({ properties }) => properties)),
    required: parts.flatMap(({ required = [] }) => required),
  };
};

/** The objects that a field may hold, to be shown below it. */
const objectsIn = (document: ReferenceDocument, schema: Schema): [string, Schema][] => {
  const found = whole(document, schema);
  const name = schema.$ref ? nameOf(schema.$ref) : (found.title ?? "object");
  if (found.properties) return [[name, found]];
  const inner = [found.items, found.additionalProperties, ...alternativesOf(found)];
  return inner.filter((one) => typeof one === "object").flatMap((one) => objectsIn(document, one));
};

const field = (document: ReferenceDocument, name: string, schema: Schema, isRequired: boolean): Html => {
  const description = schema.description ?? "";
  return html`<li>
<p class="field"><code>${name}</code> <span class="type">${typeOf(document, schema)}</span>${isRequired ? html` <strong>required</strong>` : ""}${schema.default === undefined ? "" : html` <span class="default">default ${literal(schema.default)}</span>`}</p>
${prose(description)}
${objectsIn(document, schema).map(([of, object]) => html`<details><summary>Fields of the ${of}</summary>${fieldsOf(document, object)}</details>`)}
</li>`;
};

/** An alternative says for which values of some fields it counts, and what others may be then. */
const alternative = (document: ReferenceDocument, { properties = {} }: Schema): Html => {
  const isCondition = ([, { enum: values, const: value }]: [string, Schema]) =>
    values !== undefined || value !== undefined;
  const conditions = Object.entries(properties).filter(isCondition);
  const others = Object.entries(properties).filter((entry) => !isCondition(entry));
  return html`<li><p>When ${listOf(
    conditions.map(([name, schema]) => html`<code>${name}</code> is ${baseType(document, schema)}`),
    " and ",
  )}:</p><ul class="fields">${others.map(([name, schema]) =>
    schema.maxProperties === 0
      ? html`<li><p class="field"><code>${name}</code> <span class="type">empty</span></p></li>`
      : field(document, name, schema, false),
  )}</ul></li>`;
};

/** The fields of an object, each with what it holds in turn. */
export const fieldsOf = (document: ReferenceDocument, schema: Schema): Html => {
  const found = whole(document, schema);
  const { properties = {}, required = [] } = found;
  const alternatives = alternativesOf(found).filter((one) => one.properties);
  return html`<ul class="fields">${Object.entries(properties).map(([name, property]) =>
    field(document, name, property, required.includes(name)),
  )}</ul>${alternatives.length > 0 ? html`<ul class="alternatives">${alternatives.map((one) => alternative(document, one))}</ul>` : ""}`;
};

/** A body: its type, its description and its fields. */
export const schemaHtml = (document: ReferenceDocument, schema: Schema): Html => {
  const found = whole(document, schema);
  return html`${found.description ? html`<p>${inline(found.description)}</p>` : ""}${found.properties ? fieldsOf(document, schema) : html`<p class="type">${typeOf(document, found)}</p>`}`;
};

export const typeHtml = typeOf;
