import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { describeError } from "@semblance/shared/errors/describe-error";
import { type JobView, toJobView } from "@semblance/shared/job/job-view";
import { releaseMemory } from "@semblance/shared/memory/release-memory";
import type { Context } from "hono";
import type { Accepted, AdmissionRequest } from "../admission/admission.ts";
import { type BatchKey, claimBatchKey } from "../admission/batch-key.ts";
import { hashBody } from "../admission/hash-body.ts";
import { batchItemKey, readIdempotencyKey } from "../admission/idempotency-key.ts";
import type { Dependencies, Env } from "../dependencies.ts";
import { Problem } from "../problems/problem.ts";
import { problemAlternatives, problemExample, problemResponses } from "../problems/problem-schema.ts";
import { toProblem } from "../problems/to-problem.ts";
import { BATCH_JOBS_MAX } from "../submission/look-through-batch.ts";
import { readBody } from "../submission/read-body.ts";
import { requireJson } from "../submission/require-json.ts";
import { submissionDocument } from "../submission/submission-document.ts";
import type { Submission } from "../submission/submission-reader.ts";
import { toAcceptedView, toAdmissionRequest } from "./accept-job.ts";
import { queuedJobExample, submissionExample } from "./job-examples.ts";
import { idempotencyKeyParameter, jobSchema } from "./job-responses.ts";
import { readJobs } from "./read-job.ts";

const itemSchema = z
  .union([
    z
      .object({
        status: z.union([z.literal(202), z.literal(200)]).openapi({
          description: "200 for a job that was accepted before, with the same `Idempotency-Key`.",
        }),
        job: jobSchema,
      })
      .openapi({ title: "accepted item" }),
    z
      .object({
        status: z.int().min(400).openapi({ description: "That of the problem." }),
        problem: z.unknown().openapi({
          description: "Why this one was not accepted; its pointers are those of the submission alone.",
          ...problemAlternatives(
            "invalid-json",
            "idempotency-in-progress",
            "gone",
            "invalid-request",
            "too-expensive",
            "quota-exceeded",
            "queue-full",
            "store-full",
            "store-unavailable",
            "internal",
          ),
        }),
      })
      .openapi({ title: "refused item" }),
  ])
  .openapi("BatchItem", { description: "What became of a submission of a batch." });

const toRoute = (publicUrl: string) =>
  createRoute({
    method: "post",
    path: "/v1/jobs/batch",
    operationId: "submitBatch",
    tags: ["Jobs"],
    summary: `Submit up to ${BATCH_JOBS_MAX} jobs at once`,
    description:
      "Each is accepted or refused by itself, in their order. With an `Idempotency-Key` the same batch sent again is answered with the same jobs, and those that were refused are tried again.",
    parameters: [idempotencyKeyParameter],
    responses: {
      207: {
        description: "What became of each, in the order of the submissions.",
        headers: {
          "Retry-After": {
            description: "Seconds after which to send those again that there was no room for, if any.",
            schema: { type: "integer", minimum: 0 },
          },
        },
        content: {
          "application/json": {
            schema: z
              .object({ items: z.array(itemSchema).min(1) })
              .openapi("Batch", { description: "What became of each submission, in their order." }),
            example: {
              items: [
                { status: 202, job: queuedJobExample },
                { status: 503, problem: problemExample("queue-full", publicUrl) },
              ],
            },
          },
        },
      },
      ...problemResponses(
        "invalid-json",
        "body-too-large",
        "unsupported-media-type",
        "invalid-request",
        "idempotency-mismatch",
        "too-many-requests",
        "overloaded",
        "store-unavailable",
        "internal",
      ),
    },
  });

/** What became of a submission: a request that was admitted or refused, or one that never asked. */
type Outcome =
  | { submission: Submission; request: AdmissionRequest; admitted: Accepted | Error }
  | { admitted: Problem };

type Item = { status: number; job: JobView } | { status: number; problem: object };

const admitAll = async (
  deps: Dependencies,
  submissions: (Submission | Problem)[],
  toRequest: (submission: Submission, index: number) => AdmissionRequest,
): Promise<Outcome[]> => {
  const asked = submissions.map((submission, index) =>
    submission instanceof Problem ? submission : { submission, request: toRequest(submission, index) },
  );
  const requests = asked.flatMap((one) => (one instanceof Problem ? [] : [one.request]));
  const admissions = await deps.admission.takeAll(requests);
  // Redis is away: there is nothing to say of each.
  const isAway = (one: Accepted | Error | undefined) => one instanceof Error && !(one instanceof Problem);
  if (admissions.length > 0 && admissions.every(isAway)) throw admissions[0];
  return asked.map((one) =>
    one instanceof Problem ? { admitted: one } : { ...one, admitted: admissions.shift()! },
  );
};

/** A key of which no job came is free again. */
const admitUnderKey = async (
  { log }: Dependencies,
  claim: BatchKey | null,
  admit: () => Promise<Outcome[]>,
): Promise<Outcome[]> => {
  let outcomes: Outcome[] = [];
  try {
    outcomes = await admit();
    return outcomes;
  } finally {
    const isInVain = outcomes.every(({ admitted }) => admitted instanceof Error);
    if (claim && !claim.isReplay && isInVain) {
      await claim
        .release()
        .catch((error) =>
          log.warn({ error: describeError(error) }, "the key of a refused batch stays taken"),
        );
    }
  }
};

/** Takes what a batch holds into the queue, and counts what becomes of each. */
const takeBatch = async (deps: Dependencies, context: Context<Env>) => {
  const { tenant } = context.var;
  const key = readIdempotencyKey(context);
  const bytes = await readBody(context.env.incoming, deps.limits.bodyBytesMax);
  const bodyBytes = bytes.length;
  const bodyHash = key === null ? "" : await hashBody(bytes);
  const submissions = await deps.submissions.readBatch(bytes);
  const idempotency = key === null ? null : { key, bodyHash };
  const claim = idempotency && (await claimBatchKey(deps.redis, deps.keys, tenant, idempotency));
  const outcomes = await admitUnderKey(deps, claim, async () => {
    await deps.rateLimits.countJobs(
      context,
      tenant,
      submissions.length,
      async () => claim?.isReplay ?? false,
    );
    return admitAll(deps, submissions, (submission, index) =>
      toAdmissionRequest(
        submission,
        context.var,
        idempotency && { ...idempotency, key: batchItemKey(idempotency.key, index) },
      ),
    );
  });
  const isSent = !outcomes.some(
    ({ admitted }) => admitted instanceof Error && !(admitted instanceof Problem),
  );
  const first = submissions.find((submission): submission is Submission => !(submission instanceof Problem));
  if (isSent && first) releaseMemory(first.candidates);

  for (const { admitted } of outcomes) {
    if (admitted instanceof Error) deps.metrics.countRefused(tenant, toProblem(admitted).slug);
    else if (!admitted.isReplay) deps.metrics.countAccepted(tenant);
  }
  return { outcomes, bodyBytes };
};

const toItems = async (
  deps: Dependencies,
  { requestId, tenant }: Env["Variables"],
  outcomes: Outcome[],
): Promise<Item[]> => {
  const replayedIds = outcomes.flatMap(({ admitted }) =>
    "isReplay" in admitted && admitted.isReplay ? [admitted.id] : [],
  );
  const replayed = await readJobs(deps, tenant, replayedIds);
  const refuse = (problem: Problem): Item => ({
    status: problem.status,
    problem: problem.toBody(deps.publicUrl, requestId),
  });
  return outcomes.map((outcome) => {
    const { admitted } = outcome;
    if (admitted instanceof Error) return refuse(toProblem(admitted));
    if (!admitted.isReplay && "request" in outcome) {
      return { status: 202, job: toAcceptedView(outcome.request, outcome.submission.envelope, deps) };
    }
    const job = replayed.shift();
    return job
      ? { status: 200, job: toJobView(job.record, job.metadata, deps) }
      : refuse(new Problem("gone"));
  });
};

/** The longest that any of them is told to wait. */
const retryAfterS = (outcomes: Outcome[]): number =>
  Math.max(
    0,
    ...outcomes.map(({ admitted }) =>
      admitted instanceof Problem ? (admitted.details.retryAfterS ?? 0) : 0,
    ),
  );

export const createBatch = (app: OpenAPIHono<Env>, deps: Dependencies) => {
  const body = z
    .strictObject({ jobs: z.array(submissionDocument(deps.limits)).min(1).max(BATCH_JOBS_MAX) })
    .openapi("BatchSubmission", { description: "Submissions, each of which is judged by itself." });
  const example = { jobs: [submissionExample, { ...submissionExample, metric: "jaro_winkler" }] };
  const route = toRoute(deps.publicUrl);
  app.openAPIRegistry.registerPath({
    ...route,
    request: { body: { required: true, content: { "application/json": { schema: body, example } } } },
  });

  app.on("POST", route.getRoutingPath(), async (context: Context<Env>) => {
    requireJson(context.req.raw);
    const { outcomes, bodyBytes } = await deps.metrics.countingRefusal(context.var.tenant, () =>
      takeBatch(deps, context),
    );
    const items = await toItems(deps, context.var, outcomes);
    Object.assign(context.var.logFields, {
      jobCount: items.length,
      acceptedCount: items.filter(({ status }) => status === 202).length,
      bodyBytes,
    });
    const waitS = retryAfterS(outcomes);
    if (waitS > 0) context.header("Retry-After", String(waitS));
    return context.json({ items }, 207);
  });
};
