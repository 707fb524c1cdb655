import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { Schema } from "./document.ts";

const ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: true });
addFormats.default(ajv);

/** @returns what is wrong with the value, if anything */
export type Check = (value: unknown) => string | undefined;

const describe = ({ instancePath, message, params }: ErrorObject) =>
  `${instancePath || "the whole"} ${message} ${JSON.stringify(params)}`;

const toCheck = (schema: Schema): Check => {
  const validate = ajv.compile(schema);
  return (value) => (validate(value) ? undefined : describe(validate.errors![0]!));
};

/** Schemas are compared as objects: each is compiled once. */
const compiled = new WeakMap<Schema, Check>();

/** @param schema without references */
export const compileSchema = (schema: Schema): Check => {
  const known = compiled.get(schema);
  if (known) return known;
  const check = toCheck(schema);
  compiled.set(schema, check);
  return check;
};

const close = (schema: Schema, isPart = false): Schema => {
  const closed: Schema = { ...schema };
  for (const key of ["allOf", "anyOf", "oneOf"] as const) {
    // What one of several schemas of the same object does not know may be known to another.
    if (schema[key])
      closed[key] = schema[key].map((part) => close(part, isPart || key === "allOf" || !!schema.properties));
  }
  if (schema.properties) {
    closed.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, property]) => [name, close(property)]),
    );
  }
  if (schema.items) closed.items = close(schema.items);
  const isObject = schema.properties !== undefined || schema.allOf !== undefined;
  if (isObject && !isPart && schema.additionalProperties === undefined) closed.unevaluatedProperties = false;
  return closed;
};

const compiledClosed = new WeakMap<Schema, Check>();

/**
 * Clients are to ignore members that they do not know, and so the document leaves its objects open; that the service has none that
 * the document does not know is held here. Where the document says in so many words that more may come, more may come.
 */
export const compileClosed = (schema: Schema): Check => {
  const known = compiledClosed.get(schema);
  if (known) return known;
  const check = toCheck(close(schema));
  compiledClosed.set(schema, check);
  return check;
};
