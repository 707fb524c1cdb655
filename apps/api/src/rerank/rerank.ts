import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { describeError } from "@semblance/shared/errors/describe-error";
import { isDone } from "@semblance/shared/job/job-record";
import type { JobView } from "@semblance/shared/job/job-view";
import type { SubmissionLimits } from "@semblance/shared/job/limits";
import { candidateSchema } from "@semblance/shared/job/submission";
import { releaseMemory } from "@semblance/shared/memory/release-memory";
import type { Context } from "hono";
import type { Dependencies, Env } from "../dependencies.ts";
import { acceptJob } from "../jobs/accept-job.ts";
import { queuedJobExample } from "../jobs/job-examples.ts";
import { JSON_HEADERS } from "../jobs/job-responses.ts";
import { markCanceled } from "../jobs/mark-canceled.ts";
import type { StoredJob } from "../jobs/read-job.ts";
import { headerRef } from "../operations/response-headers.ts";
import { Problem } from "../problems/problem.ts";
import { problemResponses } from "../problems/problem-schema.ts";
import { toWeb } from "../results/respond-with-result.ts";
import type { StoredResult } from "../results/stored-result.ts";
import { readBody } from "../submission/read-body.ts";
import { requireJson } from "../submission/require-json.ts";
import { yieldIfLarge } from "../submission/yield-if-large.ts";
import { waitForEnd } from "../waiting/wait-for-end.ts";
import { findDocuments, KeptBytes } from "./kept-documents.ts";
import { type RerankVersion, writeRerankAnswer } from "./rerank-answer.ts";
import { type RerankEnvelope, rerankFields, rerankShape } from "./rerank-request.ts";

/** An answer with more documents than that is sent piece by piece. */
const WHOLE_DOCUMENT_BYTES_MAX = 65_536;

/** The whole request, for the document only: the body is never parsed as one. */
const requestDocument = (limits: SubmissionLimits) =>
  rerankFields(limits)
    .extend({ documents: z.array(candidateSchema(limits)).min(1).max(limits.candidatesMax) })
    .openapi("RerankRequest", { description: "What Cohere's clients send." });

const requestExample = {
  model: "token_set_ratio",
  query: "capital of the United States",
  documents: [
    "Washington, D.C. is the capital of the United States.",
    "Carson City is the capital of Nevada.",
  ],
  top_n: 1,
};

const answerExample = (version: RerankVersion) => ({
  id: queuedJobExample.id,
  results: [{ index: 0, relevance_score: 1 }],
  meta: { api_version: { version }, billed_units: { search_units: 0 } },
});

const answerSchema = z
  .object({
    id: z.string().openapi({ description: "The job's." }),
    results: z
      .array(
        z.object({
          index: z.int(),
          relevance_score: z.number().min(0).max(1),
          document: z
            .looseObject({ text: z.string() })
            .optional()
            .openapi({ description: "In version 1, with `return_documents`: as it came." }),
        }),
      )
      .openapi({ description: "By score, highest first; equal scores by index." }),
    meta: z.object({
      api_version: z.object({ version: z.enum(["1", "2"]) }),
      billed_units: z.object({ search_units: z.literal(0) }),
    }),
  })
  .openapi("RerankAnswer", { description: "What Cohere's clients expect." });

const toRoute = (version: RerankVersion) =>
  createRoute({
    method: "post",
    path: `/v${version}/rerank`,
    operationId: `rerankV${version}`,
    tags: ["Reranking"],
    summary: `Rank documents as Cohere's rerank, version ${version}, and wait for it`,
    description:
      "Submits an ordinary job and waits for its end, for `PREFER_WAIT_MAX_S` at the most. Problems have one more member, `message`, which Cohere's clients show.",
    responses: {
      200: {
        description: "The ranked documents.",
        headers: { Location: headerRef("Location") },
        content: { "application/json": { schema: answerSchema, example: answerExample(version) } },
      },
      ...problemResponses(
        "invalid-json",
        "no-result",
        "body-too-large",
        "unsupported-media-type",
        "invalid-request",
        "too-expensive",
        "quota-exceeded",
        "too-many-requests",
        "job-failed",
        "overloaded",
        "queue-full",
        "store-full",
        "store-unavailable",
        "not-in-time",
        "internal",
      ),
    },
  });

/** @throws {Problem} why there is no result, and that there will be none */
const requireResult = ({ record, result }: StoredJob, headers: Record<string, string>): StoredResult => {
  if (result) return result;
  const { status, error } = record;
  const detail = error ? `The job ended as ${status}: ${error.message}.` : `The job ended as ${status}.`;
  if (status !== "failed") throw new Problem("no-result", { detail, headers });
  const isOurs = error?.code === "internal" || error?.code === "invalid_payload";
  throw new Problem(isOurs ? "internal" : "job-failed", { detail, headers });
};

/**
 * Waits for the job of a request. When its client goes away the job is canceled: nobody else was told its id, and a client that tries again
 * makes another one.
 *
 * @throws {Problem} `not-in-time` when the job goes on
 */
const waitForRequested = async (
  deps: Dependencies,
  { env, var: { tenant, logFields } }: Context<Env>,
  { id, urls }: JobView,
): Promise<StoredJob> => {
  const { outgoing } = env;
  const waitS = deps.preferWaitMaxS;
  let job: StoredJob | null = null;
  try {
    job = await waitForEnd(deps, { tenant, id, waitS, outgoing });
    if (isDone(job.record.status)) return job;
    if (outgoing.destroyed) logFields["abandoned"] = await markCanceled(deps, id);
  } catch (error) {
    // The job was accepted whatever happens now.
    deps.log.warn({ jobId: id, error: describeError(error) }, "an accepted job could not be waited for");
  }
  throw new Problem("not-in-time", {
    detail: `The job is ${job?.record.status ?? "accepted"}, and goes on at ${urls.self}.`,
    retryAfterS: await deps.monitor.pollAfterS(),
    headers: { Location: urls.self },
    members: { job: urls.self },
  });
};

/** Whether problems at this path are shown by Cohere's clients. */
export const isRerank = (path: string): boolean => /^\/v[12]\/rerank$/.test(path);

/** What Cohere's clients ask for, as a job that they need not know of. */
const rerankBy = (version: RerankVersion, app: OpenAPIHono<Env>, deps: Dependencies, kept: KeptBytes) => {
  const route = toRoute(version);
  const shape = rerankShape(deps.limits);

  /** Takes a request into the queue. Of its texts only the documents that are to be returned are left when this returns. */
  const take = async (context: Context<Env>) => {
    const { outgoing } = context.env;
    await deps.rateLimits.countJobs(context, context.var.tenant, 1, async () => false);
    const bytes = await readBody(context.env.incoming, deps.limits.bodyBytesMax);
    const bodyBytes = bytes.length;
    await yieldIfLarge(bodyBytes);
    const submission = await deps.submissions.readShape<RerankEnvelope>(bytes, shape);
    await yieldIfLarge(bodyBytes);

    const { candidates, candidateCount } = submission;
    const returnsDocuments = version === "1" && submission.envelope.returnDocuments;
    if (returnsDocuments) kept.keepUntilAnswered(candidates.length, outgoing);
    const accepted = await acceptJob(deps, context.var, submission);
    deps.metrics.countAccepted(context.var.tenant);
    if (!returnsDocuments) releaseMemory(candidates);
    Object.assign(context.var.logFields, { jobId: accepted.id, candidateCount, bodyBytes });
    return { accepted, candidateCount, keptCandidates: returnsDocuments ? candidates : null };
  };

  const answer = async (context: Context<Env>): Promise<Response> => {
    requireJson(context.req.raw);
    const taken = await deps.metrics.countingRefusal(context.var.tenant, () => take(context));
    const { accepted, candidateCount, keptCandidates } = taken;
    const job = await waitForRequested(deps, context, accepted);
    const headers = { Location: accepted.urls.self };
    const result = requireResult(job, headers);
    const documents = keptCandidates && (await findDocuments(keptCandidates, candidateCount));
    const pieces = writeRerankAnswer({ id: accepted.id, version, result, documents });
    const documentBytes = keptCandidates?.length ?? 0;
    const isSmall = result.bytes === result.head.length && documentBytes <= WHOLE_DOCUMENT_BYTES_MAX;
    const body = isSmall ? await buffer(pieces) : toWeb(Readable.from(pieces, { objectMode: false }));
    return context.body(body, 200, { ...JSON_HEADERS, ...headers });
  };

  app.on("POST", route.getRoutingPath(), answer);
  return route;
};

export const rerank = (app: OpenAPIHono<Env>, deps: Dependencies) => {
  const kept = new KeptBytes();
  const body = app.openAPIRegistry.register("RerankRequest", requestDocument(deps.limits));
  const request = {
    body: { required: true, content: { "application/json": { schema: body, example: requestExample } } },
  };
  for (const version of ["1", "2"] as const) {
    app.openAPIRegistry.registerPath({ ...rerankBy(version, app, deps, kept), request });
  }
};
