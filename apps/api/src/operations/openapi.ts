import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Dependencies, Env } from "../dependencies.ts";
import { type ProblemSlug, problemCatalogue } from "../problems/problem-catalogue.ts";
import { problemComponents, problemResponses, problemsOf } from "../problems/problem-schema.ts";
import type { ReferenceDocument } from "../reference/reference-document.ts";
import { responseHeaders, sharedHeaders } from "./response-headers.ts";
import { webhookDocuments } from "./webhooks-document.ts";

/** What stands before any route, and so may answer in place of each. */
const EVERYWHERE: ProblemSlug[] = [
  "bad-request",
  "method-not-allowed",
  "request-timeout",
  "headers-too-large",
  "internal",
];

/** What calls that act for a tenant may be answered with, whatever they are: who calls is found out first, and counted. */
const FOR_TENANTS: ProblemSlug[] = ["unauthorized", "too-many-requests", "store-unavailable"];

const TAGS = [
  { name: "Jobs", description: "From the submission to the result." },
  { name: "Queue", description: "How much there is to do." },
  { name: "Similarity metrics", description: "What texts can be compared by." },
  { name: "Reranking", description: "For clients of Cohere's rerank: ordinary jobs, waited for." },
  { name: "Operations", description: "For who runs the service, and for programs that read this document." },
  {
    name: "Webhooks",
    description: "Messages that the service sends, what they are signed with, and what became of them.",
  },
];

const DESCRIPTION = `Scores how similar a query is to each of many candidates, as asynchronous jobs: submit one, then poll it, wait for it, follow its events, or have its end told to a server of yours.

Every error is a problem by RFC 9457, \`application/problem+json\`, whose \`type\` leads to a page that says what to do. Answers may get further members: ignore those that you do not know. Whatever answers \`GET\` answers \`HEAD\`.

Every answer says by \`X-Request-Id\` what its request is called: as the client's own \`X-Request-Id\` of up to 128 letters, digits and \`_.:=+/-\` does, or something new. Where there are rate limits, \`RateLimit\` and \`RateLimit-Policy\` say what is left.`;

const route = createRoute({
  method: "get",
  path: "/openapi.json",
  operationId: "getOpenApi",
  tags: ["Operations"],
  security: [],
  summary: "Read this document",
  description: "What the service answers, by OpenAPI 3.1.",
  responses: {
    200: {
      description: "The document.",
      content: {
        "application/json": {
          schema: z.looseObject({ openapi: z.string(), info: z.looseObject({}), paths: z.looseObject({}) }),
        },
      },
    },
    ...problemResponses("internal"),
  },
});

type OpenApiDocument = ReturnType<OpenAPIHono["getOpenAPI31Document"]>;

interface ResponseObject {
  headers?: object;
  content?: Record<string, { examples?: object }>;
}

const METHODS = ["get", "put", "post", "delete", "patch"] as const;

const isForTenants = (path: string) => /^\/v\d\//.test(path);

const problemsInPlaceOf = (path: string, responses: Record<string, ResponseObject>): ProblemSlug[] => [
  ...EVERYWHERE,
  ...(isForTenants(path) ? FOR_TENANTS : []),
  // There is nothing to choose where nothing is said.
  ...(isForTenants(path) && Object.entries(responses).some(([status, { content }]) => status < "3" && content)
    ? (["not-acceptable"] as const)
    : []),
];

/** Adds what may answer in place of every operation, and what comes with every answer, to what each says of itself. */
const addWhatAllShare = ({ paths }: OpenApiDocument): void => {
  for (const [path, item] of Object.entries(paths ?? {})) {
    for (const method of METHODS) {
      const responses = item[method]?.responses as Record<string, ResponseObject> | undefined;
      if (!responses) continue;
      const shared = problemsInPlaceOf(path, responses);
      for (const [status, slugs] of Map.groupBy(shared, (slug) => problemCatalogue[slug].status)) {
        const known = problemsOf(responses[status]);
        Object.assign(responses, problemResponses(...new Set([...known, ...slugs])));
      }
      for (const [status, response] of Object.entries(responses)) {
        responses[status] = {
          ...response,
          headers: { ...response.headers, ...sharedHeaders(status, isForTenants(path)) },
        };
      }
    }
  }
};

/** The document of every route registered so far. */
const describe = (app: OpenAPIHono<Env>, publicUrl: string): OpenApiDocument => {
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Semblance",
      version: "1",
      description: DESCRIPTION,
      // The types know no identifier, which OpenAPI 3.1 has.
      license: { name: "MIT", ...{ identifier: "MIT" } },
    },
    servers: [{ url: publicUrl || "/", description: "This service." }],
    security: [{}, { bearer: [] }],
    tags: TAGS,
  });
  const { schemas, examples } = problemComponents(publicUrl);
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, ...schemas },
    examples,
    headers: responseHeaders,
    securitySchemes: {
      bearer: { type: "http", scheme: "bearer", description: "An API key, where the service has any." },
    },
  };
  addWhatAllShare(document);
  return document;
};

/**
 * Answers with the OpenAPI document of every route registered so far and of itself, made once.
 *
 * @returns the document
 */
export const openApiDocument = (app: OpenAPIHono<Env>, { publicUrl }: Dependencies): ReferenceDocument => {
  for (const webhook of webhookDocuments()) app.openAPIRegistry.registerWebhook(webhook);
  app.openAPIRegistry.registerPath(route);
  const json = JSON.stringify(describe(app, publicUrl));
  app.get(route.getRoutingPath(), (context) =>
    context.body(json, 200, { "Content-Type": "application/json" }),
  );
  return JSON.parse(json) as ReferenceDocument;
};
