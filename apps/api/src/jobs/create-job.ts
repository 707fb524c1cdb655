import { setImmediate } from "node:timers/promises";
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { describeError } from "@semblance/shared/errors/describe-error";
import { createJobId } from "@semblance/shared/job/job-id";
import { isDone } from "@semblance/shared/job/job-record";
import { toJobView } from "@semblance/shared/job/job-view";
import type { SubmissionLimits } from "@semblance/shared/job/limits";
import { resultBytesMax } from "@semblance/shared/job/result-bytes";
import type { ScoringFacts } from "@semblance/shared/job/scoring-job";
import type { ScoringSpec } from "@semblance/shared/job/scoring-spec";
import {
  candidateSchema,
  type SubmissionEnvelope,
  submissionEnvelopeSchema,
} from "@semblance/shared/job/submission";
import { releaseMemory } from "@semblance/shared/memory/release-memory";
import type { Context } from "hono";
import type { Dependencies, Env } from "../dependencies.ts";
import { problemResponses } from "../problems/problem-schema.ts";
import { readBody } from "../submission/read-body.ts";
import { requireJson } from "../submission/require-json.ts";
import { type Preference, readPreference, tellPreference } from "../waiting/read-preference.ts";
import { waitForEnd } from "../waiting/wait-for-end.ts";
import {
  jobSchema,
  jobWithResultSchema,
  preferenceHeaders,
  preferHeader,
  resultHeaders,
  retryAfterHeader,
} from "./job-responses.ts";
import type { StoredJob } from "./read-job.ts";
import { respondWithJob } from "./respond-with-job.ts";

/** The whole submission, for the document only: the body is never parsed as one. */
const submissionDocument = (limits: SubmissionLimits) =>
  z
    .object({
      ...submissionEnvelopeSchema(limits).shape,
      candidates: z.array(candidateSchema(limits)).min(1).max(limits.candidatesMax),
    })
    .openapi("Submission");

const route = createRoute({
  method: "post",
  path: "/v1/jobs",
  summary: "Submit a job",
  responses: {
    200: {
      description:
        "The job, which was accepted and has ended within the time that the client would rather wait.",
      headers: {
        Location: { schema: { type: "string" }, description: "The job's URL." },
        ...preferenceHeaders,
        ...resultHeaders,
      },
      content: { "application/json": { schema: jobWithResultSchema } },
    },
    202: {
      description: "The job was accepted and will end in exactly one final state.",
      headers: {
        Location: { schema: { type: "string" }, description: "The job's URL." },
        ...retryAfterHeader("when to poll"),
        ...preferenceHeaders,
      },
      content: { "application/json": { schema: jobSchema } },
    },
    ...problemResponses(
      "invalid-json",
      "body-too-large",
      "unsupported-media-type",
      "invalid-request",
      "too-expensive",
      "overloaded",
      "queue-full",
      "store-full",
      "store-unavailable",
      "internal",
    ),
  },
});

/** A body of more takes milliseconds to look through, and to write to Redis: other requests are served in between. */
const LARGE_BYTES = 1_000_000;

const toSpec = (envelope: SubmissionEnvelope): ScoringSpec => ({
  query: envelope.query,
  metric: envelope.metric,
  metricOptions: envelope.metric_options,
  normalize: envelope.normalize ?? null,
  topN: envelope.top_n ?? null,
  threshold: envelope.threshold ?? null,
});

/** The job was accepted whatever happens now: that it cannot be waited for is no failure. */
const waitForAccepted = async (
  deps: Dependencies,
  { env, var: { tenant } }: Context<Env>,
  id: string,
  { waitS }: Preference,
): Promise<StoredJob | null> => {
  if (waitS === null) return null;
  try {
    return await waitForEnd(deps, { tenant, id, waitS, outgoing: env.outgoing });
  } catch (error) {
    deps.log.warn({ jobId: id, error: describeError(error) }, "an accepted job could not be waited for");
    return null;
  }
};

export const createJob = (app: OpenAPIHono<Env>, deps: Dependencies) => {
  const body = app.openAPIRegistry.register("Submission", submissionDocument(deps.limits));
  const documented = {
    ...route,
    request: {
      headers: preferHeader,
      body: { required: true, content: { "application/json": { schema: body } } },
    },
  };
  app.openAPIRegistry.registerPath(documented);

  app.on("POST", route.getRoutingPath(), async (context) => {
    requireJson(context.req.raw);
    const preference = readPreference(context, deps.preferWaitMaxS);
    const bytes = await readBody(context.env.incoming, deps.limits.bodyBytesMax);
    const bodyBytes = bytes.length;
    const yieldIfLarge = () => (bodyBytes > LARGE_BYTES ? setImmediate() : undefined);
    await yieldIfLarge();
    const { envelope, candidates, candidateCount, idBytes } = await deps.submissions.read(bytes);
    await yieldIfLarge();

    const id = createJobId();
    const createdAtMs = Date.now();
    const facts: ScoringFacts = {
      tenant: context.var.tenant,
      metric: envelope.metric,
      candidateCount,
      timeoutMs: envelope.timeout_ms,
      startBeforeMs: createdAtMs + envelope.expires_in_ms,
    };
    const hasMetadata = Object.keys(envelope.metadata).length > 0;
    await deps.admission.take({
      id,
      facts,
      createdAtMs,
      envelope: JSON.stringify(toSpec(envelope)),
      candidates,
      metadata: hasMetadata ? JSON.stringify(envelope.metadata) : "",
      resultBytesMax: resultBytesMax(Math.min(candidateCount, envelope.top_n ?? candidateCount), idBytes),
    });
    // Redis has it. Not after a failure: the command may still wait for its connection, with these bytes.
    releaseMemory(candidates);

    Object.assign(context.var.logFields, { jobId: id, candidateCount, bodyBytes });
    const accepted = toJobView(
      {
        ...facts,
        id,
        status: "queued",
        createdAtMs,
        startedAtMs: null,
        finishedAtMs: null,
        attempts: 0,
        scored: 0,
        error: null,
      },
      envelope.metadata,
      deps,
    );
    context.header("Location", accepted.urls.self);
    tellPreference(context, preference);
    const job = await waitForAccepted(deps, context, id, preference);
    if (job && isDone(job.record.status)) return respondWithJob(context, job, deps);
    context.header("Retry-After", String(await deps.monitor.pollAfterS()));
    return context.json(job ? toJobView(job.record, job.metadata, deps) : accepted, 202);
  });
};
