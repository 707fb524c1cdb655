import { createConfig, lintFromString } from "@redocly/openapi-core";
import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type InProcessApi, startInProcessApi } from "../support/in-process-api.ts";
import { uniqueKeyPrefix } from "../support/key-prefix.ts";
import { redisUrl } from "../support/redis-url.ts";
import { compileClosed } from "./openapi/compile-schema.ts";
import {
  type MediaType,
  type NamedOperation,
  type OpenApiDocument,
  operationsOf,
  readDocument,
  withoutReferences,
} from "./openapi/document.ts";

let api: InProcessApi;
let written: unknown;
let document: OpenApiDocument;

beforeAll(async () => {
  api = await startInProcessApi({ REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix() });
  written = await readDocument(api.url);
  document = withoutReferences(written);
});

afterAll(() => api.close());

const allOperations = (): NamedOperation[] => [
  ...operationsOf(document.paths),
  ...operationsOf(document.webhooks),
];

test("it is valid by the schema of OpenAPI 3.1", async () => {
  const { valid, errors } = await new Validator().validate(written as Record<string, unknown>);
  expect({ valid, errors }).toMatchObject({ valid: true });
});

test("a linter finds nothing in it", async () => {
  const config = await createConfig({ extends: ["recommended"] });
  const source = JSON.stringify(written, null, 1);
  const found = await lintFromString({ source, absoluteRef: "openapi.json", config });
  expect(found.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([]);
});

test("every operation has a name of its own, a known tag, a summary and a description", () => {
  const operations = allOperations();
  const names = operations.map(({ operation }) => operation.operationId);
  expect(new Set(names).size).toBe(operations.length);
  const tags = document.tags.map(({ name }) => name);
  for (const { operation } of operations) {
    expect(operation).toMatchObject({
      operationId: expect.stringMatching(/^[a-z][A-Za-z0-9]+$/),
      summary: expect.any(String),
      description: expect.any(String),
    });
    expect(tags).toEqual(expect.arrayContaining(operation.tags));
    expect(operation.tags).toHaveLength(1);
  }
});

test("every operation tells what may come in place of its answer", () => {
  for (const { path, method, operation } of operationsOf(document.paths)) {
    const statuses = Object.keys(operation.responses);
    expect([path, method, statuses]).toEqual([
      path,
      method,
      expect.arrayContaining(["400", "405", "408", "431", "500"]),
    ]);
    for (const { headers } of Object.values(operation.responses)) {
      expect([path, Object.keys(headers ?? {})]).toEqual([path, expect.arrayContaining(["X-Request-Id"])]);
    }
  }
});

test("and of what acts for a tenant, that it has no key, is too fast, or accepts nothing that there is", () => {
  for (const { path, method, operation } of operationsOf(document.paths)) {
    const statuses = Object.keys(operation.responses);
    const isForTenants = /^\/v\d\//.test(path);
    const isSaying = statuses.some((status) => status < "3" && operation.responses[status]!.content);
    const told = ["401", "406", "429"].filter((status) => statuses.includes(status));
    const expected = isForTenants ? ["401", ...(isSaying ? ["406"] : []), "429"] : [];
    expect([path, method, told, operation.security]).toEqual([
      path,
      method,
      expected,
      isForTenants ? undefined : [],
    ]);
  }
});

describe("examples", () => {
  const mediaTypes = (): [string, MediaType][] =>
    allOperations().flatMap(({ method, path, operation }) => {
      const contents = [
        ["request", operation.requestBody?.content],
        ...Object.entries(operation.responses).map(([status, { content }]) => [status, content] as const),
      ] as const;
      return contents.flatMap(([what, content]) =>
        Object.entries(content ?? {}).map(([type, media]): [string, MediaType] => [
          `${method} ${path}: ${what} ${type}`,
          media,
        ]),
      );
    });

  const examplesOf = ({ example, examples = {} }: MediaType): unknown[] => [
    ...(example === undefined ? [] : [example]),
    ...Object.values(examples).map(({ value }) => value),
  ];

  test("every body has one, but the document itself", () => {
    const bare = mediaTypes().filter(([, media]) => examplesOf(media).length === 0);
    expect(bare.map(([where]) => where)).toEqual(["get /openapi.json: 200 application/json"]);
  });

  test("each is what its schema says, and no more", () => {
    for (const [where, media] of mediaTypes()) {
      for (const example of examplesOf(media)) {
        expect([where, compileClosed(media.schema)(example)]).toEqual([where, undefined]);
      }
    }
  });

  test("each parameter's is, too", () => {
    for (const { path, operation } of allOperations()) {
      for (const { name, schema, example } of operation.parameters ?? []) {
        if (example === undefined) continue;
        expect([path, name, compileClosed(schema)(example)]).toEqual([path, name, undefined]);
      }
    }
  });
});

test("the submission's schema has the limits that are configured", async () => {
  const limited = await startInProcessApi({
    REDIS_URL: redisUrl(),
    KEY_PREFIX: uniqueKeyPrefix(),
    QUERY_CHARS_MAX: "11",
    CANDIDATES_MAX: "12",
    CANDIDATE_CHARS_MAX: "13",
    ID_CHARS_MAX: "14",
    METADATA_PAIRS_MAX: "15",
    METADATA_VALUE_CHARS_MAX: "16",
    JOB_TIMEOUT_MS: "1700",
    EXPIRES_IN_MS_MAX: "18000",
  });
  try {
    const { Submission } = withoutReferences(await readDocument(limited.url)).components.schemas;
    expect(Submission).toMatchObject({
      additionalProperties: false,
      required: ["query", "candidates"],
      properties: {
        query: { minLength: 1, maxLength: 11 },
        candidates: {
          minItems: 1,
          maxItems: 12,
          items: {
            anyOf: [
              { maxLength: 13 },
              { properties: { id: { minLength: 1, maxLength: 14 }, text: { maxLength: 13 } } },
            ],
          },
        },
        metadata: {
          maxProperties: 15,
          propertyNames: { minLength: 1, maxLength: 16 },
          additionalProperties: { maxLength: 16 },
        },
        timeout_ms: { minimum: 100, maximum: 1_700, default: 1_700 },
        expires_in_ms: { minimum: 1_000, maximum: 18_000, default: 18_000 },
      },
    });
  } finally {
    await limited.close();
  }
});
