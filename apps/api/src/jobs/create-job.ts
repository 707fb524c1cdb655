import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { describeError } from "@semblance/shared/errors/describe-error";
import { isDone } from "@semblance/shared/job/job-record";
import { type JobView, toJobView } from "@semblance/shared/job/job-view";
import { releaseMemory } from "@semblance/shared/memory/release-memory";
import type { Context } from "hono";
import { hashBody } from "../admission/hash-body.ts";
import { isKnownKey, readIdempotencyKey } from "../admission/idempotency-key.ts";
import type { Dependencies, Env } from "../dependencies.ts";
import { headerRef } from "../operations/response-headers.ts";
import { Problem } from "../problems/problem.ts";
import { problemResponses } from "../problems/problem-schema.ts";
import { readBody } from "../submission/read-body.ts";
import { requireJson } from "../submission/require-json.ts";
import { submissionDocument } from "../submission/submission-document.ts";
import { yieldIfLarge } from "../submission/yield-if-large.ts";
import { type Preference, readPreference, tellPreference } from "../waiting/read-preference.ts";
import { waitForEnd } from "../waiting/wait-for-end.ts";
import { toAcceptedView, toAdmissionRequest } from "./accept-job.ts";
import { queuedJobExample, resultExample, submissionExample, succeededJobExample } from "./job-examples.ts";
import {
  idempotencyKeyParameter,
  jobSchema,
  jobWithResultSchema,
  preferenceHeaders,
  preferParameter,
} from "./job-responses.ts";
import { readJob, type StoredJob } from "./read-job.ts";
import { respondWithJob } from "./respond-with-job.ts";

const route = createRoute({
  method: "post",
  path: "/v1/jobs",
  operationId: "submitJob",
  tags: ["Jobs"],
  summary: "Submit a job",
  description:
    "A job that is accepted is kept, and ends in exactly one final state. Poll it, wait for it by `Prefer: wait=N`, or follow its events. With an `Idempotency-Key` it may be sent again without a second job coming of it.",
  parameters: [preferParameter, idempotencyKeyParameter],
  responses: {
    200: {
      description:
        "The job, which was accepted and has ended within the time that the client would rather wait; or which was accepted before.",
      headers: {
        Location: headerRef("Location"),
        "Retry-After": headerRef("PollAfter"),
        "Idempotency-Replayed": {
          schema: { type: "string", enum: ["true"] },
          description: "The job was accepted before, with the same `Idempotency-Key`; it may not have ended.",
        },
        ...preferenceHeaders,
        ETag: headerRef("ETagOnceDone"),
        "Content-Encoding": headerRef("ContentEncoding"),
      },
      content: {
        "application/json": {
          schema: jobWithResultSchema,
          example: { ...succeededJobExample, result: resultExample },
        },
      },
    },
    202: {
      description: "The job was accepted and will end in exactly one final state.",
      headers: {
        Location: headerRef("Location"),
        "Retry-After": headerRef("RetryAfter"),
        ...preferenceHeaders,
      },
      content: { "application/json": { schema: jobSchema, example: queuedJobExample } },
    },
    ...problemResponses(
      "invalid-json",
      "body-too-large",
      "unsupported-media-type",
      "idempotency-in-progress",
      "gone",
      "invalid-request",
      "idempotency-mismatch",
      "too-expensive",
      "quota-exceeded",
      "too-many-requests",
      "overloaded",
      "queue-full",
      "store-full",
      "store-unavailable",
      "internal",
    ),
  },
});

interface Taken {
  id: string;
  isReplay: boolean;
  /** The job as it was accepted. */
  accepted: JobView;
}

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

/** Answers a submission that was accepted before with its job, whatever has become of it. */
const respondAgain = async (
  deps: Dependencies,
  context: Context<Env>,
  id: string,
  preference: Preference,
): Promise<Response> => {
  const { tenant } = context.var;
  const job =
    (await waitForAccepted(deps, context, id, preference)) ??
    (await readJob(deps, tenant, id).catch((error) => {
      // It went between the two.
      throw error instanceof Problem && error.slug === "not-found" ? new Problem("gone") : error;
    }));
  context.header("Location", toJobView(job.record, job.metadata, deps).urls.self);
  context.header("Idempotency-Replayed", "true");
  tellPreference(context, preference);
  if (!isDone(job.record.status)) context.header("Retry-After", String(await deps.monitor.pollAfterS()));
  return respondWithJob(context, job, deps);
};

/** Takes a submission into the queue. Its texts are gone when this returns: whoever waits for the job would hold on to them. */
const takeSubmission = async (deps: Dependencies, context: Context<Env>): Promise<Taken> => {
  const { tenant, logFields } = context.var;
  const key = readIdempotencyKey(context);
  await deps.rateLimits.countJobs(context, tenant, 1, () => isKnownKey(deps, tenant, key));
  const bytes = await readBody(context.env.incoming, deps.limits.bodyBytesMax);
  const bodyBytes = bytes.length;
  await yieldIfLarge(bodyBytes);
  const idempotency = key === null ? null : { key, bodyHash: await hashBody(bytes) };
  const submission = await deps.submissions.read(bytes);
  await yieldIfLarge(bodyBytes);

  const request = toAdmissionRequest(submission, context.var, idempotency);
  const { id, isReplay } = await deps.admission.take(request);
  if (!isReplay) deps.metrics.countAccepted(tenant);
  // Redis has it. Not after a failure: the command may still wait for its connection, with these bytes.
  releaseMemory(submission.candidates);

  const { envelope, candidateCount } = submission;
  Object.assign(logFields, { jobId: id, candidateCount, bodyBytes, ...(isReplay ? { isReplay } : {}) });
  return { id, isReplay, accepted: toAcceptedView(request, envelope, deps) };
};

export const createJob = (app: OpenAPIHono<Env>, deps: Dependencies) => {
  const body = app.openAPIRegistry.register("Submission", submissionDocument(deps.limits));
  const documented = {
    ...route,
    request: {
      body: {
        required: true,
        content: { "application/json": { schema: body, example: submissionExample } },
      },
    },
  };
  app.openAPIRegistry.registerPath(documented);

  app.on("POST", route.getRoutingPath(), async (context) => {
    requireJson(context.req.raw);
    const preference = readPreference(context, deps.preferWaitMaxS);
    const taken = await deps.metrics.countingRefusal(context.var.tenant, () => takeSubmission(deps, context));
    const { id, isReplay, accepted } = taken;
    if (isReplay) return respondAgain(deps, context, id, preference);
    context.header("Location", accepted.urls.self);
    tellPreference(context, preference);
    const job = await waitForAccepted(deps, context, id, preference);
    if (job && isDone(job.record.status)) return respondWithJob(context, job, deps);
    context.header("Retry-After", String(await deps.monitor.pollAfterS()));
    return context.json(job ? toJobView(job.record, job.metadata, deps) : accepted, 202);
  });
};
