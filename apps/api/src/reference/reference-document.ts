/** An OpenAPI document as the reference pages read it: only what they show. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  title?: string;
  description?: string;
  format?: string;
  const?: unknown;
  default?: unknown;
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  maxProperties?: number;
}

interface Referring {
  $ref?: string;
}

export interface Example extends Referring {
  summary?: string;
  value?: unknown;
}

export interface MediaType {
  schema?: Schema;
  example?: unknown;
  examples?: Record<string, Example>;
  "x-event-data"?: Record<string, Schema>;
}

export interface Header extends Referring {
  description?: string;
  required?: boolean;
  schema?: Schema;
}

export interface Parameter extends Header {
  name: string;
  in: string;
  example?: unknown;
}

export interface DocumentedResponse {
  description: string;
  headers?: Record<string, Header>;
  content?: Record<string, MediaType>;
}

export interface Operation {
  operationId: string;
  summary: string;
  description?: string;
  tags: string[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, MediaType> };
  responses: Record<string, DocumentedResponse>;
}

export interface ReferenceDocument {
  info: { title: string; version: string; description: string };
  servers: { url: string }[];
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  webhooks: Record<string, Record<string, Operation>>;
}

export interface NamedOperation {
  method: string;
  path: string;
  operation: Operation;
  isWebhook: boolean;
}

export const operationsOf = ({ paths, webhooks }: ReferenceDocument): NamedOperation[] => {
  const named = (items: ReferenceDocument["paths"], isWebhook: boolean) =>
    Object.entries(items).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        operation,
        isWebhook,
      })),
    );
  return [...named(paths, false), ...named(webhooks ?? {}, true)];
};

/** The last part of a reference: the name of what it leads to. */
export const nameOf = (reference: string): string => reference.slice(reference.lastIndexOf("/") + 1);

/** What a reference leads to, or the thing itself. */
export const resolve = <Thing extends Referring>(document: ReferenceDocument, thing: Thing): Thing => {
  if (thing.$ref === undefined) return thing;
  const found = thing.$ref
    .slice(2)
    .split("/")
    .reduce<unknown>((value, part) => (value as Record<string, unknown>)[part], document);
  return resolve(document, found as Thing);
};

/** The first of a body's examples. */
export const exampleOf = (document: ReferenceDocument, { example, examples }: MediaType): unknown => {
  if (example !== undefined) return example;
  const first = Object.values(examples ?? {})[0];
  return first && resolve(document, first).value;
};
