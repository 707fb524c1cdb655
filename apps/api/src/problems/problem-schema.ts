import { headerRef } from "../operations/response-headers.ts";
import { type ProblemSlug, problemCatalogue } from "./problem-catalogue.ts";
import { type ProblemShape, problemShapes } from "./problem-shapes.ts";

const PROBLEM_JSON = "application/problem+json";

const shapeOf = (slug: ProblemSlug): ProblemShape => problemShapes[slug] ?? {};

/** `queue-full` is `QueueFull` among the document's schemas. */
const schemaName = (slug: ProblemSlug): string =>
  slug.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());

const schemaRef = (slug: ProblemSlug) => ({ $ref: `#/components/schemas/${schemaName(slug)}` });

const issueSchema = {
  type: "object" as const,
  properties: {
    pointer: {
      type: "string" as const,
      format: "json-pointer",
      description: "The place in the request's body (RFC 6901); empty for the whole.",
    },
    parameter: {
      type: "string" as const,
      description:
        "In its place, where it is not the body that is wrong: the parameter of path, query or headers.",
    },
    detail: { type: "string" as const, description: "What is wrong there." },
    offset: {
      type: "integer" as const,
      minimum: 0,
      description: "The byte of the body, where it is no JSON.",
    },
  },
  required: ["detail"],
  anyOf: [{ required: ["pointer"] }, { required: ["parameter"] }],
};

const HEADER_NAMES = {
  Allow: "Allow",
  Location: "Location",
  RetryAfter: "Retry-After",
  WwwAuthenticate: "WWW-Authenticate",
} as const;

const EXAMPLE_REQUEST_ID = "3f2c1f0e-7d0b-4d5a-9d3e-2b6a1c9f8e70";

const memberSchema = (example: unknown) => {
  if (Array.isArray(example)) return { type: "array", items: { type: "string" } };
  return { type: typeof example === "string" ? "string" : "integer" };
};

const problemSchema = (slug: ProblemSlug, publicUrl: string): object => {
  const { title, status, meaning } = problemCatalogue[slug];
  const { members = {}, optional = [], errors } = shapeOf(slug);
  const names = [...new Set([...Object.keys(members), ...optional])];
  return {
    type: "object",
    title,
    description: meaning,
    properties: {
      type: {
        type: "string",
        format: "uri-reference",
        const: `${publicUrl}/problems/${slug}`,
        description: "Which problem it is, and where its page is.",
      },
      title: { type: "string", const: title },
      status: { type: "integer", const: status },
      detail: { type: "string", description: "What happened this time." },
      ...(errors
        ? { errors: { type: "array", minItems: 1, items: { $ref: "#/components/schemas/Issue" } } }
        : {}),
      ...Object.fromEntries(names.map((name) => [name, memberSchema(members[name])])),
      request_id: { type: "string", description: "As `X-Request-Id` says." },
      message: {
        type: "string",
        description: "In answers to rerank calls alone: what Cohere's clients show.",
      },
    },
    required: [
      ...["type", "title", "status", "detail", "request_id"],
      ...(errors ? ["errors"] : []),
      ...names.filter((name) => !optional.includes(name)),
    ],
  };
};

/** An answer with this problem, as it may look. */
export const problemExample = (slug: ProblemSlug, publicUrl: string) => {
  const { title, status, meaning } = problemCatalogue[slug];
  const { members, errors, detail = meaning } = shapeOf(slug);
  return {
    type: `${publicUrl}/problems/${slug}`,
    title,
    status,
    detail,
    ...(errors ? { errors } : {}),
    ...members,
    request_id: EXAMPLE_REQUEST_ID,
  };
};

/** The schema and the example of every problem, for the document's components. */
export const problemComponents = (publicUrl: string) => {
  const slugs = Object.keys(problemCatalogue) as ProblemSlug[];
  return {
    schemas: {
      Issue: issueSchema,
      ...Object.fromEntries(slugs.map((slug) => [schemaName(slug), problemSchema(slug, publicUrl)])),
    },
    examples: Object.fromEntries(
      slugs.map((slug) => [
        slug,
        { summary: problemCatalogue[slug].title, value: problemExample(slug, publicUrl) },
      ]),
    ),
  };
};

/** One of these problems, as a schema. */
export const problemAlternatives = (...slugs: ProblemSlug[]) =>
  slugs.length === 1 ? schemaRef(slugs[0]!) : { oneOf: slugs.map(schemaRef) };

const problemResponse = (slugs: ProblemSlug[]) => {
  const headers = [...new Set(slugs.flatMap((slug) => shapeOf(slug).headers ?? []))];
  // Required is what each of the problems has.
  const shared = headers.filter((name) => slugs.every((slug) => shapeOf(slug).headers?.includes(name)));
  return {
    description: slugs.map((slug) => `\`${slug}\`: ${problemCatalogue[slug].title}`).join("; "),
    ...(shared.length > 0
      ? { headers: Object.fromEntries(shared.map((name) => [HEADER_NAMES[name], headerRef(name)])) }
      : {}),
    content: {
      [PROBLEM_JSON]: {
        schema: problemAlternatives(...slugs),
        examples: Object.fromEntries(slugs.map((slug) => [slug, { $ref: `#/components/examples/${slug}` }])),
      },
    },
  };
};

/** The OpenAPI responses of these problems, by status; those that may come in place of any answer are added to all. */
export const problemResponses = (...slugs: ProblemSlug[]) => {
  const byStatus = Map.groupBy(slugs, (slug) => problemCatalogue[slug].status);
  return Object.fromEntries([...byStatus].map(([status, sharing]) => [status, problemResponse(sharing)]));
};

interface DocumentedResponse {
  content?: Record<string, { examples?: object }>;
}

/** The problems that a response made by {@link problemResponses} tells of. */
export const problemsOf = (response: DocumentedResponse | undefined): ProblemSlug[] =>
  Object.keys(response?.content?.[PROBLEM_JSON]?.examples ?? {}) as ProblemSlug[];
