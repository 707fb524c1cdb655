import { createJobId } from "@semblance/shared/job/job-id";
import { type JobView, toJobView, type ViewOptions } from "@semblance/shared/job/job-view";
import { resultBytesMax } from "@semblance/shared/job/result-bytes";
import { SCHEMA_VERSION } from "@semblance/shared/job/schema-version";
import type { ScoringSpec } from "@semblance/shared/job/scoring-spec";
import type { SubmissionEnvelope } from "@semblance/shared/job/submission";
import { writeTraceParent } from "@semblance/shared/telemetry/traceparent";
import type { Admission, AdmissionRequest } from "../admission/admission.ts";
import type { IdempotencyKey } from "../admission/idempotency-key.ts";
import type { Requester } from "../dependencies.ts";
import type { Submission } from "../submission/submission-reader.ts";

export interface AcceptOptions extends ViewOptions {
  admission: Admission;
}

const toSpec = (envelope: SubmissionEnvelope): ScoringSpec => ({
  query: envelope.query,
  metric: envelope.metric,
  metricOptions: envelope.metric_options,
  normalize: envelope.normalize ?? null,
  topN: envelope.top_n ?? null,
  threshold: envelope.threshold ?? null,
  ...(envelope.webhook ? { webhook: envelope.webhook } : {}),
});

/** What a submission asks of admission, under a new id. */
export const toAdmissionRequest = (
  { envelope, candidates, candidateCount, idBytes }: Submission,
  { tenant, span }: Requester,
  idempotency: IdempotencyKey | null,
): AdmissionRequest => {
  const createdAtMs = Date.now();
  const hasMetadata = Object.keys(envelope.metadata).length > 0;
  return {
    id: createJobId(),
    facts: {
      v: SCHEMA_VERSION,
      tenant,
      metric: envelope.metric,
      candidateCount,
      timeoutMs: envelope.timeout_ms,
      startBeforeMs: createdAtMs + envelope.expires_in_ms,
      ...(span ? { traceparent: writeTraceParent(span) } : {}),
    },
    createdAtMs,
    envelope: JSON.stringify(toSpec(envelope)),
    candidates,
    metadata: hasMetadata ? JSON.stringify(envelope.metadata) : "",
    resultBytesMax: resultBytesMax(Math.min(candidateCount, envelope.top_n ?? candidateCount), idBytes),
    priority: envelope.priority,
    webhook: envelope.webhook ?? null,
    idempotency,
  };
};

/** A job as it is when it has just been accepted. */
export const toAcceptedView = (
  { id, facts, createdAtMs }: AdmissionRequest,
  { metadata }: SubmissionEnvelope,
  options: ViewOptions,
): JobView =>
  toJobView(
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
    metadata,
    options,
  );

/**
 * Takes what a client asks for into the queue, as a job of its own.
 *
 * @returns the job as it was accepted; Redis has the candidates by then
 * @throws {Problem} what {@link Admission.take} throws; its command may still wait for its connection, with the candidates
 */
export const acceptJob = async (
  options: AcceptOptions,
  requester: Requester,
  submission: Submission,
): Promise<JobView> => {
  const request = toAdmissionRequest(submission, requester, null);
  await options.admission.take(request);
  return toAcceptedView(request, submission.envelope, options);
};
