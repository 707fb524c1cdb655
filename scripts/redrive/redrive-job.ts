import type { Redis } from "ioredis";
import type { Admission } from "../../apps/api/src/admission/admission.ts";
import { Problem } from "../../apps/api/src/problems/problem.ts";
import { createJobId } from "../../packages/shared/src/job/job-id.ts";
import { resultBytesMax } from "../../packages/shared/src/job/result-bytes.ts";
import { toFacts } from "../../packages/shared/src/job/scoring-job.ts";
import type { ScoringSpec } from "../../packages/shared/src/job/scoring-spec.ts";
import type { RedisKeys } from "../../packages/shared/src/redis/keys.ts";
import { createAttemptStore } from "../../packages/shared/src/store/attempt-store.ts";
import { type Payload, readPayload } from "../../packages/shared/src/store/payload.ts";
import type { FailedJob } from "./find-failed.ts";

export interface RedriveOptions {
  redis: Redis;
  keys: RedisKeys;
  admission: Admission;
  resultTtlMs: number;
}

/** `made`: by this call, or by an earlier one that was cut short. */
export type Redriven =
  | { outcome: "made"; newId: string }
  | { outcome: "refused"; why: string }
  /** For lack of room, which comes back; or of the tenant's share of it. */
  | { outcome: "no_room" | "no_share"; why: string };

/** A string that no client can send as its key. */
const keyOf = (id: string) => `redrive\n${id}`;

const readKeptPayload = async (
  { redis, keys }: RedriveOptions,
  { id, data }: FailedJob,
): Promise<Payload | null> =>
  data.payload
    ? { envelope: Buffer.from(data.payload.envelope), candidates: Buffer.from(data.payload.candidates) }
    : readPayload(redis, keys, id);

/**
 * Makes a new job of a failed one, by the admission that every job goes through: of low priority, with as much time to start as the old one had, and
 * the same webhook. A failed job is redriven once: its payload goes over to the new one.
 */
export const redriveJob = async (options: RedriveOptions, job: FailedJob): Promise<Redriven> => {
  const { redis, keys, admission, resultTtlMs } = options;
  const { id, data, createdAtMs, finishedAtMs } = job;
  const payload = await readKeptPayload(options, job);
  if (!payload) return { outcome: "refused", why: "its payload is no longer kept" };
  const spec = JSON.parse(payload.envelope.toString()) as ScoringSpec;
  const nowMs = Date.now();
  const facts = toFacts(data);
  const rows = Math.min(facts.candidateCount, spec.topN ?? facts.candidateCount);
  try {
    const { id: newId } = await admission.take({
      id: createJobId(),
      facts: { ...facts, redrivenFrom: id, startBeforeMs: nowMs + facts.startBeforeMs - createdAtMs },
      createdAtMs: nowMs,
      envelope: payload.envelope.toString(),
      candidates: payload.candidates,
      metadata: (await redis.get(keys.metadata(id))) ?? "",
      // The ids are a part of the candidates.
      resultBytesMax: resultBytesMax(rows, payload.candidates.length),
      priority: "low",
      webhook: spec.webhook ?? null,
      idempotency: { key: keyOf(id), bodyHash: "" },
    });
    const leftMs = Math.max(1, finishedAtMs + resultTtlMs - nowMs);
    await createAttemptStore(redis, keys, leftMs).dropPayload(id, { ...facts, redrivenTo: newId });
    return { outcome: "made", newId };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const why = `${error.slug}: ${error.message}`;
    if (error.slug === "quota-exceeded") return { outcome: "no_share", why };
    return { outcome: error.details.retryAfterS === undefined ? "refused" : "no_room", why };
  }
};
