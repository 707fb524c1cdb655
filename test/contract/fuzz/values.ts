import fc from "fast-check";
import { compileSchema } from "../openapi/compile-schema.ts";
import type { Schema } from "../openapi/document.ts";

/** What fails is made smaller by way of the first of several kinds of values: the plainest stands first. */
const SMALLER = { withCrossShrink: true };

/** Lists of more than that are not made: each of their items may be large. */
const ITEMS_MAX = 100;

/** Beyond it, what has no limit of its own is not worth its time. */
const UNBOUNDED_MAX = 4;

const isObject = (schema: Schema) => schema.type === "object" || schema.properties !== undefined;

/** The schema with one of its alternatives merged into it: an object whose fields depend on each other is told so. */
const mergeAlternative = (schema: Schema, alternative: Schema): Schema => {
  const { anyOf: _, oneOf: __, ...base } = schema;
  return {
    ...base,
    ...alternative,
    properties: { ...base.properties, ...alternative.properties },
    required: [...new Set([...(base.required ?? []), ...(alternative.required ?? [])])],
  };
};

/** An object told in several parts, as one. */
const whole = ({ allOf, ...schema }: Schema): Schema =>
  (allOf ?? []).map(whole).reduce(mergeAlternative, schema);

const alternativesOf = (schema: Schema): Schema[] => {
  const alternatives = schema.anyOf ?? schema.oneOf ?? [];
  return isObject(schema) ? alternatives.map((one) => mergeAlternative(schema, one)) : alternatives;
};

/** Also what is longer in UTF-16 or UTF-8 than in characters, what JSON escapes, and names that objects have. */
const character = fc.oneof(
  SMALLER,
  fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 1 }),
  fc.constantFrom("ß", "é", "中", "😀", "\u0000", "\u001f", '"', "\\", "\u2028", "\u0301", "\ufeff", " "),
);

const textOf = (minLength: number, maxLength: number) =>
  fc.array(character, { minLength, maxLength }).map((characters) => characters.join(""));

const lengthsOf = (min: number, max: number | undefined): [number, number][] => {
  const most = max ?? min + UNBOUNDED_MAX;
  return [
    [min, Math.min(most, min + UNBOUNDED_MAX)],
    [min, min],
    [most, most],
  ];
};

/** Stands for the URL of a receiver, which is known only once it listens; nobody has this one. */
export const RECEIVER_URL = "https://receiver.invalid/hook";

/** What more is demanded of than a pattern. */
const FORMATS: Record<string, fc.Arbitrary<string>> = {
  uri: fc.constant(RECEIVER_URL),
  "date-time": fc
    .date({ min: new Date(0), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true })
    .map((date) => date.toISOString()),
};

const text = ({ minLength = 0, maxLength, pattern, format = "" }: Schema) =>
  FORMATS[format] ??
  (pattern !== undefined
    ? fc.stringMatching(new RegExp(pattern))
    : fc.oneof(SMALLER, ...lengthsOf(minLength, maxLength).map(([min, max]) => textOf(min, max))));

const number = ({ type, minimum = -1e6, maximum = 1e6 }: Schema) => {
  const bounds = fc.constantFrom(minimum, maximum);
  if (type === "integer") {
    const near = Math.min(maximum, minimum + 10);
    return fc.oneof(
      bounds,
      fc.integer({ min: minimum, max: near }),
      fc.maxSafeNat().map((n) => minimum + (n % (maximum - minimum + 1))),
    );
  }
  return fc.oneof(bounds, fc.double({ min: minimum, max: maximum, noNaN: true }));
};

const list = ({ items = {}, minItems = 0, maxItems = ITEMS_MAX }: Schema) =>
  fc.oneof(
    SMALLER,
    ...lengthsOf(minItems, maxItems < ITEMS_MAX ? maxItems : undefined).map(([minLength, maxLength]) =>
      fc.array(valid(items), { minLength, maxLength, size: "max" }),
    ),
  );

const dictionary = ({ additionalProperties, propertyNames = {}, maxProperties }: Schema) => {
  if (typeof additionalProperties !== "object") return fc.constant({});
  const key = text(propertyNames).filter((name) => name !== "__proto__");
  return fc.oneof(
    SMALLER,
    ...lengthsOf(0, maxProperties).map(([minKeys, maxKeys]) =>
      fc.dictionary(key, valid(additionalProperties), {
        minKeys,
        maxKeys,
        noNullPrototype: true,
        size: "max",
      }),
    ),
  );
};

const object = (schema: Schema): fc.Arbitrary<object> => {
  const { properties = {}, required = [] } = schema;
  const fields = fc.record(
    Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, valid(property)])),
    { requiredKeys: required.filter((name) => name in properties), noNullPrototype: true },
  );
  return Object.keys(properties).length === 0 ? dictionary(schema) : fields;
};

/** Values that are right by their schema, those at its limits not seldom. */
export const valid = (given: Schema): fc.Arbitrary<unknown> => {
  const schema = whole(given);
  const alternatives = alternativesOf(schema);
  if (alternatives.length > 0) return fc.oneof(...alternatives.map(valid));
  if ("const" in schema) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (Array.isArray(schema.type)) return fc.oneof(...schema.type.map((type) => valid({ ...schema, type })));
  if (isObject(schema)) return object(schema);
  switch (schema.type) {
    case "string":
      return text(schema);
    case "integer":
    case "number":
      return number(schema);
    case "array":
      return list(schema);
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    default:
      return junk;
  }
};

/** Values of any kind, those that have surprised programs before among them. */
export const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -1,
    1.5,
    1e300,
    2 ** 53,
    "",
    "0",
    "null",
    [],
    {},
    [[]],
    [null],
    { "": null },
  ),
  fc.constantFrom("\ud800", "a\udfff", "../../etc/passwd", "%00", "{{7*7}}", "constructor", "__proto__"),
  fc.jsonValue({ maxDepth: 2 }),
);

const oddName = fc.oneof(
  fc.constantFrom(
    "",
    "unknown",
    "__proto__",
    "constructor",
    "toString",
    "quer",
    "Query",
    "k".repeat(300),
    "a/b~c",
  ),
  textOf(1, 8),
);

const withField = (value: object, name: string, field: unknown): object => {
  const copy = { ...value };
  Object.defineProperty(copy, name, { value: field, enumerable: true, configurable: true, writable: true });
  return copy;
};

const withoutField = (value: object, name: string): object =>
  Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));

const brokenObject = (schema: Schema): fc.Arbitrary<unknown>[] => {
  const { properties = {}, required = [], additionalProperties, maxProperties, propertyNames } = schema;
  const right = object(schema);
  const ways: fc.Arbitrary<unknown>[] = [
    fc.tuple(right, oddName, junk).map(([value, name, field]) => withField(value, name, field)),
  ];
  if (required.length > 0) {
    ways.push(
      fc.tuple(right, fc.constantFrom(...required)).map(([value, name]) => withoutField(value, name)),
    );
  }
  for (const [name, property] of Object.entries(properties)) {
    ways.push(fc.tuple(right, broken(property)).map(([value, field]) => withField(value, name, field)));
  }
  if (typeof additionalProperties === "object") {
    if (propertyNames?.maxLength !== undefined) {
      const length = propertyNames.maxLength + 1;
      ways.push(fc.tuple(right, textOf(length, length)).map(([value, name]) => withField(value, name, "")));
    }
    ways.push(
      fc.tuple(right, broken(additionalProperties)).map(([value, field]) => withField(value, "k", field)),
    );
  }
  if (maxProperties !== undefined) {
    const names = Array.from({ length: maxProperties + 1 }, (_, index) => [`k${index}`, ""]);
    ways.push(fc.constant(Object.fromEntries(names)));
  }
  return ways;
};

const brokenLimits = (schema: Schema): fc.Arbitrary<unknown>[] => {
  const { minimum, maximum, minLength = 0, maxLength, minItems = 0, maxItems, items = {} } = schema;
  const ways: fc.Arbitrary<unknown>[] = [];
  if (minimum !== undefined) ways.push(fc.constantFrom(minimum - 1, minimum - 1e-9));
  if (maximum !== undefined) ways.push(fc.constantFrom(maximum + 1, maximum + 1e-9));
  if (minLength > 0) ways.push(textOf(0, minLength - 1));
  if (maxLength !== undefined) ways.push(textOf(maxLength + 1, maxLength + 1));
  if (schema.type === "array") {
    ways.push(fc.tuple(list(schema), broken(items)).map(([value, item]) => [...value, item]));
    if (minItems > 0) ways.push(fc.array(valid(items), { maxLength: minItems - 1 }));
    if (maxItems !== undefined && maxItems < ITEMS_MAX) {
      const length = maxItems + 1;
      ways.push(fc.array(valid(items), { minLength: length, maxLength: length, size: "max" }));
    }
  }
  return ways;
};

/** Values that are mostly wrong by their schema, each in one place. */
export const broken = (given: Schema): fc.Arbitrary<unknown> => {
  const schema = whole(given);
  const alternatives = alternativesOf(schema);
  const ways = alternatives.length > 0 ? alternatives.map(broken) : brokenLimits(schema);
  if (alternatives.length === 0 && isObject(schema)) ways.push(...brokenObject(schema));
  return fc.oneof({ weight: 1, arbitrary: junk }, ...ways.map((arbitrary) => ({ weight: 2, arbitrary })));
};

/** Whether a value is right by its schema. */
export const isValid = (schema: Schema, value: unknown): boolean =>
  compileSchema(schema)(value) === undefined;
