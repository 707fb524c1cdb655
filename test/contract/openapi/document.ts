/** A JSON Schema (2020-12), as far as the tests look at it. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  unevaluatedProperties?: boolean;
  propertyNames?: Schema;
  maxProperties?: number;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  pattern?: string;
  format?: string;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
}

export interface Example {
  value: unknown;
}

export interface MediaType {
  schema: Schema;
  example?: unknown;
  examples?: Record<string, Example>;
  /** Of a stream of server-sent events: the schema of the data of each kind. */
  "x-event-data"?: Record<string, Schema>;
}

export interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required?: boolean;
  schema: Schema;
  example?: unknown;
}

export interface Header {
  required?: boolean;
  schema: Schema;
}

export interface DocumentedResponse {
  description: string;
  headers?: Record<string, Header>;
  content?: Record<string, MediaType>;
}

export interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  description: string;
  /** Another than the document's. */
  security?: object[];
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Record<string, MediaType> };
  responses: Record<string, DocumentedResponse>;
}

export type PathItems = Record<string, Record<string, Operation>>;

/** An OpenAPI document without references. */
export interface OpenApiDocument {
  openapi: string;
  tags: { name: string }[];
  paths: PathItems;
  webhooks: PathItems;
  components: { schemas: Record<string, Schema> };
}

export interface NamedOperation {
  method: string;
  path: string;
  operation: Operation;
}

const decode = (part: string) => decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");

const follow = (document: unknown, reference: string): unknown =>
  reference
    .replace(/^#\//, "")
    .split("/")
    .reduce((value, part) => (value as Record<string, unknown>)[decode(part)], document);

/** A copy with what each reference leads to in its place; a schema that holds itself has no end here. */
const inline = (document: unknown, value: unknown, depth = 0): unknown => {
  if (depth > 100) throw new Error("a reference leads to itself");
  if (Array.isArray(value)) return value.map((item) => inline(document, item, depth + 1));
  if (typeof value !== "object" || value === null) return value;
  const { $ref, ...rest } = value as { $ref?: string };
  if (typeof $ref === "string") {
    return { ...(inline(document, follow(document, $ref), depth + 1) as object), ...rest };
  }
  return Object.fromEntries(
    Object.entries(rest).map(([key, item]) => [key, inline(document, item, depth + 1)]),
  );
};

export const readDocument = async (url: string): Promise<unknown> =>
  (await fetch(`${url}/openapi.json`)).json();

export const withoutReferences = (document: unknown): OpenApiDocument =>
  inline(document, document) as OpenApiDocument;

export const operationsOf = (items: PathItems): NamedOperation[] =>
  Object.entries(items).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
