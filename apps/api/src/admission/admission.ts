import type { InlinePayload, ScoringFacts } from "@semblance/shared/job/scoring-job";
import type { ScoringQueue } from "@semblance/shared/queue/scoring-queue";
import type { RedisKeys } from "@semblance/shared/redis/keys";
import { JOB_RECORD_BYTES, ledgerKeys } from "@semblance/shared/store/ledger";
import { INLINE_BYTES_MAX, storePayload } from "@semblance/shared/store/payload";
import { PAYLOAD_GRACE_MS } from "@semblance/shared/store/payload-lifetime";
import type { Redis } from "ioredis";
import { Problem } from "../problems/problem.ts";
import type { QueueMonitor } from "../queue/queue-monitor.ts";
import { abandon, admit } from "./admit.ts";
import { depthKeys } from "./depth.ts";

/** Outlives any stall of this process that the add may survive. */
const RESERVATION_MS = 30_000;
/** An add that comes later than this after its admission is given up: the place it was to take may have lapsed. */
const ADD_LATEST_MS = 25_000;

const STORE_FULL_RETRY_S = 30;

export interface AdmissionOptions {
  redis: Redis;
  keys: RedisKeys;
  queue: ScoringQueue;
  monitor: QueueMonitor;
  queueDepthMax: number;
  storeBytesMax: number;
  /** Monotonic, in ms. */
  now?: () => number;
}

export interface AdmissionRequest {
  id: string;
  facts: ScoringFacts;
  createdAtMs: number;
  /** What the worker needs beside the candidates, as JSON. */
  envelope: string;
  /** The JSON array of candidates as it came. */
  candidates: Buffer;
  /** As JSON; empty when the client sent none. */
  metadata: string;
  /** Of the result that is to come. */
  resultBytesMax: number;
}

const inlinePayload = ({ envelope, candidates }: AdmissionRequest): InlinePayload | undefined =>
  Buffer.byteLength(envelope) + candidates.length <= INLINE_BYTES_MAX
    ? { envelope, candidates: candidates.toString() }
    : undefined;

const payloadMs = ({ startBeforeMs }: ScoringFacts, createdAtMs: number): number =>
  startBeforeMs - createdAtMs + PAYLOAD_GRACE_MS;

/** The only way into the queue. */
export class Admission {
  readonly #options: AdmissionOptions;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /**
   * Takes a job into the queue if there is room: a reservation, then its payload unless it is in the job, then the job itself. The
   * reservation is not released here: whoever counts next finds the job in its place.
   *
   * @throws {Problem} `queue-full` or `store-full`; `invalid-request` for a job that could never be stored
   */
  async take(request: AdmissionRequest): Promise<void> {
    const payload = inlinePayload(request);
    const textBytes = this.#requireStorable(request, payload);
    const { now = () => performance.now() } = this.#options;
    const admittedAtMs = now();
    await this.#admit(request, textBytes);
    try {
      const { id, facts, createdAtMs } = request;
      if (!payload) await this.#storePayload(request);
      if (now() - admittedAtMs > ADD_LATEST_MS) {
        throw new Problem("store-unavailable", { detail: "The admission took too long.", retryAfterS: 1 });
      }
      await this.#options.queue.add(id, payload ? { ...facts, payload } : facts, createdAtMs);
    } catch (error) {
      // Nobody waits for it: the client's answer is due, and Redis may be what failed.
      this.#abandon(request.id);
      throw error;
    }
  }

  /** @returns what is stored at the most: the payload, or the result that will take its place */
  #requireStorable(
    { envelope, candidates, metadata, resultBytesMax }: AdmissionRequest,
    payload: InlinePayload | undefined,
  ): number {
    const { storeBytesMax } = this.#options;
    const payloadBytes = payload
      ? Buffer.byteLength(JSON.stringify(payload))
      : Buffer.byteLength(envelope) + candidates.length;
    const textBytes = Math.max(payloadBytes, resultBytesMax);
    const bytes = textBytes + Buffer.byteLength(metadata) + JOB_RECORD_BYTES;
    if (bytes <= storeBytesMax) return textBytes;
    const detail = `the job or its result may take ${bytes} bytes, and ${storeBytesMax} can be stored in all: send fewer candidates, or a top_n`;
    throw new Problem("invalid-request", { errors: [{ pointer: "", detail }] });
  }

  /** @throws {Problem} `queue-full` or `store-full` */
  async #admit({ id, facts, metadata, createdAtMs }: AdmissionRequest, textBytes: number): Promise<void> {
    const { redis, keys, queueDepthMax, storeBytesMax, monitor } = this.#options;
    const admitted = await admit(
      redis,
      [...ledgerKeys(keys), ...depthKeys(keys), keys.metadata(id), keys.startDeadlines],
      [
        id,
        keys.queueJobPrefix,
        keys.payload(""),
        keys.metadata(""),
        queueDepthMax,
        storeBytesMax,
        RESERVATION_MS,
        payloadMs(facts, createdAtMs),
        metadata,
        facts.startBeforeMs,
        textBytes,
      ],
    );
    if (admitted.outcome === "queue_full") {
      throw new Problem("queue-full", {
        detail: `${admitted.depth} jobs wait, and ${queueDepthMax} may.`,
        retryAfterS: await monitor.retryAfterS(),
        members: { depth: admitted.depth, limit: queueDepthMax },
      });
    }
    if (admitted.outcome === "store_full") {
      throw new Problem("store-full", {
        detail: `${admitted.bytes} bytes are taken or reserved, and ${storeBytesMax} may be.`,
        retryAfterS: STORE_FULL_RETRY_S,
        members: { bytes: admitted.bytes, limit: storeBytesMax },
      });
    }
  }

  #storePayload({ id, facts, createdAtMs, envelope, candidates }: AdmissionRequest): Promise<void> {
    const { redis, keys } = this.#options;
    const payload = { envelope: Buffer.from(envelope), candidates };
    return storePayload(redis, keys, id, payload, payloadMs(facts, createdAtMs));
  }

  // Best effort: what stays behind lapses with the reservation, and the next admission clears it. The add may have been done and its
  // answer lost: then the job is taken out again, unless a worker has it by now.
  async #abandon(id: string): Promise<void> {
    const { redis, keys, queue } = this.#options;
    await queue.remove(id).catch(() => undefined);
    await abandon(
      redis,
      [
        ...ledgerKeys(keys),
        keys.reservations,
        keys.payload(id),
        keys.metadata(id),
        keys.result(id),
        keys.queueJob(id),
      ],
      [id],
    ).catch(() => undefined);
  }
}
