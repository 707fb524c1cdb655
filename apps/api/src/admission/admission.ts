import { setTimeout as delay } from "node:timers/promises";
import { SpanKind } from "@opentelemetry/api";
import { SCHEMA_VERSION } from "@semblance/shared/job/schema-version";
import type { InlinePayload, ScoringFacts } from "@semblance/shared/job/scoring-job";
import type { Priority } from "@semblance/shared/job/submission";
import type { DeliveryQueue } from "@semblance/shared/queue/delivery-queue";
import type { ScoringQueue } from "@semblance/shared/queue/scoring-queue";
import { type RedisKeys, SCORING_QUEUE } from "@semblance/shared/redis/keys";
import { JOB_RECORD_BYTES, ledgerKeys } from "@semblance/shared/store/ledger";
import { INLINE_BYTES_MAX, storePayload } from "@semblance/shared/store/payload";
import { PAYLOAD_GRACE_MS } from "@semblance/shared/store/payload-lifetime";
import { endSpan, startSpan } from "@semblance/shared/telemetry/spans";
import { readTraceParent } from "@semblance/shared/telemetry/traceparent";
import type { DeliveryJobData } from "@semblance/shared/webhook/delivery";
import { deliveryIdOf } from "@semblance/shared/webhook/delivery-id";
import { deliveryBytesMax } from "@semblance/shared/webhook/keep-delivery";
import type { Webhook } from "@semblance/shared/webhook/webhook-event";
import type { Redis } from "ioredis";
import { Problem } from "../problems/problem.ts";
import { toProblem } from "../problems/to-problem.ts";
import type { QueueMonitor } from "../queue/queue-monitor.ts";
import { type Admitted, abandon, admit } from "./admit.ts";
import { depthKeys } from "./depth.ts";
import { priorityOf } from "./fair-tags.ts";
import { type IdempotencyKey, recordName } from "./idempotency-key.ts";
import { storeFull, tenantBytesFull } from "./lack-of-room.ts";
import type { ReplicaWait } from "./replica-wait.ts";

/** Outlives any stall of this process that the add may survive. */
const RESERVATION_MS = 30_000;
/** An add that comes later than this after its admission is given up: the place it was to take may have lapsed. */
const ADD_LATEST_MS = 25_000;

/** Of a batch: a command waits for those before it, and not for longer than any command may. */
const AT_ONCE = 100;

/** How long a duplicate waits for the first of its kind to be accepted, and how often it looks. */
const PENDING_LIMIT_MS = 2_000;
const PENDING_LOOK_MS = { min: 25, max: 400 };

/** What one tenant may take of queue and store. */
export interface TenantLimits {
  /** Jobs that have not ended. */
  jobsMax: number;
  bytesMax: number;
}

export interface AdmissionOptions {
  redis: Redis;
  keys: RedisKeys;
  queue: ScoringQueue;
  deliveries: DeliveryQueue;
  monitor: QueueMonitor;
  queueDepthMax: number;
  storeBytesMax: number;
  tenantLimits: () => TenantLimits;
  /** Of a result that goes along with a webhook. */
  webhookResultBytesMax: number;
  deliveryTtlMs: number;
  /** Of the same connection as the queue's. */
  replicaWait: ReplicaWait | null;
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
  priority: Priority;
  /** Whom to tell of its end. */
  webhook: Webhook | null;
  idempotency: IdempotencyKey | null;
}

/** The job that stands for a request: the one it made, or one that its idempotency key was used for before. */
export interface Accepted {
  id: string;
  isReplay: boolean;
}

interface Sized {
  request: AdmissionRequest;
  /** Absent when the payload is large, and goes beside its job. */
  inline: InlinePayload | undefined;
  /** What is stored at the most: the payload, or the result that will take its place. */
  textBytes: number;
  /** Of the webhook's delivery, if there is to be one. */
  deliveryBytes: number;
}

interface Settling {
  /** Whether the admission is too long ago. */
  isLate: () => boolean;
  /** Resolves when what was written meanwhile is safe. */
  confirm: () => Promise<void>;
}

const inlinePayload = ({ envelope, candidates }: AdmissionRequest): InlinePayload | undefined =>
  Buffer.byteLength(envelope) + candidates.length <= INLINE_BYTES_MAX
    ? { envelope, candidates: candidates.toString() }
    : undefined;

const toDelivery = ({
  id,
  facts,
  createdAtMs,
  metadata,
  webhook,
}: AdmissionRequest): DeliveryJobData | undefined =>
  webhook
    ? {
        v: SCHEMA_VERSION,
        deliveryId: deliveryIdOf(id),
        tenant: facts.tenant,
        url: webhook.url,
        restart: 0,
        job: { id, createdAtMs, facts, metadata, events: webhook.events },
      }
    : undefined;

const payloadMs = ({ facts, createdAtMs }: AdmissionRequest): number =>
  facts.startBeforeMs - createdAtMs + PAYLOAD_GRACE_MS;

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
   * @throws {Problem} `queue-full`, `store-full` or `quota-exceeded`; `invalid-request` for a job that could never be stored; of its idempotency
   * key `idempotency-mismatch`, `idempotency-in-progress` or `gone`
   */
  async take(request: AdmissionRequest): Promise<Accepted> {
    const [taken] = await this.takeAll([request]);
    if (taken instanceof Error) throw taken;
    return taken!;
  }

  /**
   * Takes jobs of one tenant, in their order, a hundred at a time.
   *
   * @returns for each of them what became of it
   */
  async takeAll(requests: AdmissionRequest[]): Promise<(Accepted | Error)[]> {
    const sized = requests.map((request) => this.#measure(request));
    const possible = sized.filter((request): request is Sized => !(request instanceof Problem));
    const taken: (Accepted | Error)[] = [];
    for (let from = 0; from < possible.length; from += AT_ONCE) {
      taken.push(...(await this.#takeSome(possible.slice(from, from + AT_ONCE))));
    }
    return sized.map((request) => (request instanceof Problem ? request : taken.shift()!));
  }

  async #takeSome(some: Sized[]): Promise<(Accepted | Error)[]> {
    const [{ request }] = some as [Sized];
    const span = startSpan(`send ${SCORING_QUEUE}`, {
      kind: SpanKind.PRODUCER,
      parent: readTraceParent(request.facts.traceparent),
      attributes: {
        "messaging.system": "bullmq",
        "messaging.operation.type": "send",
        "messaging.destination.name": SCORING_QUEUE,
        ...(some.length === 1
          ? { "messaging.message.id": request.id }
          : { "messaging.batch.message_count": some.length }),
      },
    });
    const taken = await this.#admitAndAdd(some);
    const failure = taken.find((one) => one instanceof Error);
    endSpan(span, failure && toProblem(failure).slug);
    return taken;
  }

  async #admitAndAdd(some: Sized[]): Promise<(Accepted | Error)[]> {
    const { now = () => performance.now(), replicaWait } = this.#options;
    const admittedAtMs = now();
    const socket = replicaWait?.socket;
    const confirm = async () => replicaWait?.confirm(socket!);
    const isLate = () => now() - admittedAtMs > ADD_LATEST_MS;
    try {
      const admissions = await this.#admit(some);
      return await Promise.all(
        admissions.map((admitted, at) => this.#settle(admitted, some[at]!, { isLate, confirm })),
      );
    } catch (error) {
      // They may have been admitted, and the answer was lost or is late.
      for (const { request } of some) this.#abandon(request);
      return some.map(() => error as Error);
    }
  }

  async #settle(admitted: Admitted, sized: Sized, { isLate, confirm }: Settling): Promise<Accepted | Error> {
    if (admitted.outcome === "replayed") {
      const { id } = admitted;
      // It may be told of for the first time.
      return confirm().then(
        () => ({ id, isReplay: true }),
        (error: Error) => error,
      );
    }
    if (admitted.outcome !== "admitted") return this.#refuse(admitted);
    const { request } = sized;
    try {
      await this.#add(sized, admitted.startTag, isLate);
      await confirm();
      return { id: request.id, isReplay: false };
    } catch (error) {
      // The client's answer is due, and Redis may be what failed.
      void this.#undoAdd(request);
      return error as Error;
    }
  }

  async #add({ request, inline }: Sized, startTag: number, isLate: () => boolean): Promise<void> {
    const { id, facts, createdAtMs } = request;
    if (!inline) await this.#storePayload(request);
    if (isLate()) {
      throw new Problem("store-unavailable", { detail: "The admission took too long.", retryAfterS: 1 });
    }
    const data = inline ? { ...facts, payload: inline } : facts;
    await this.#options.queue.add(id, data, {
      createdAtMs,
      priority: priorityOf(startTag),
      delivery: toDelivery(request),
    });
  }

  #measure(request: AdmissionRequest): Sized | Problem {
    const { storeBytesMax, webhookResultBytesMax } = this.#options;
    const { envelope, candidates, metadata, resultBytesMax, webhook } = request;
    const inline = inlinePayload(request);
    const payloadBytes = inline
      ? Buffer.byteLength(JSON.stringify(inline))
      : Buffer.byteLength(envelope) + candidates.length;
    const textBytes = Math.max(payloadBytes, resultBytesMax);
    const deliveryBytes = webhook
      ? deliveryBytesMax(webhook.url, metadata, Math.min(resultBytesMax, webhookResultBytesMax))
      : 0;
    const bytes = textBytes + Buffer.byteLength(metadata) + JOB_RECORD_BYTES + deliveryBytes;
    if (bytes <= storeBytesMax) return { request, inline, textBytes, deliveryBytes };
    const detail = `the job or its result may take ${bytes} bytes, and ${storeBytesMax} can be stored in all: send fewer candidates, or a top_n`;
    return new Problem("invalid-request", { errors: [{ pointer: "", detail }] });
  }

  /** Those whose idempotency key stands for a job that is just being accepted are asked for again, for a while. */
  async #admit(requests: Sized[]): Promise<Admitted[]> {
    const admissions = await this.#askAll(requests);
    const endAtMs = performance.now() + PENDING_LIMIT_MS;
    for (let lookMs = PENDING_LOOK_MS.min; ; lookMs = Math.min(2 * lookMs, PENDING_LOOK_MS.max)) {
      const pending = admissions.flatMap(({ outcome }, index) => (outcome === "pending" ? [index] : []));
      if (pending.length === 0 || performance.now() > endAtMs) return admissions;
      await delay(lookMs);
      const again = await this.#askAll(pending.map((index) => requests[index]!));
      for (const [at, index] of pending.entries()) admissions[index] = again[at]!;
    }
  }

  #askAll(requests: Sized[]): Promise<Admitted[]> {
    const { redis, keys, queueDepthMax, storeBytesMax, tenantLimits, deliveryTtlMs } = this.#options;
    const { jobsMax, bytesMax } = tenantLimits();
    const { tenant } = requests[0]!.request.facts;
    return admit(
      redis,
      [...ledgerKeys(keys), ...depthKeys(keys), keys.fairTags, keys.queueActive, keys.startDeadlines],
      [
        keys.queueJobPrefix,
        keys.endMark(""),
        keys.payload(""),
        keys.metadata(""),
        keys.idempotency(""),
        queueDepthMax,
        storeBytesMax,
        RESERVATION_MS,
        tenant,
        jobsMax,
        bytesMax,
        deliveryTtlMs,
        ...requests.flatMap(({ request, textBytes, deliveryBytes }) => [
          request.id,
          payloadMs(request),
          request.facts.startBeforeMs,
          textBytes,
          request.metadata,
          request.priority,
          request.idempotency ? recordName(tenant, request.idempotency.key) : "",
          request.idempotency?.bodyHash ?? "",
          deliveryBytes === 0 ? "" : deliveryIdOf(request.id),
          deliveryBytes,
        ]),
      ],
    );
  }

  async #refuse(admitted: Exclude<Admitted, { outcome: "admitted" | "replayed" }>): Promise<Problem> {
    const { queueDepthMax, storeBytesMax, tenantLimits, monitor } = this.#options;
    switch (admitted.outcome) {
      case "queue_full":
        return new Problem("queue-full", {
          detail: `${admitted.depth} jobs wait, and ${queueDepthMax} may.`,
          retryAfterS: await monitor.retryAfterS(),
          members: { depth: admitted.depth, limit: queueDepthMax },
        });
      case "store_full":
        return storeFull(admitted.bytes, storeBytesMax);
      case "tenant_jobs_full": {
        const { jobsMax } = tenantLimits();
        return new Problem("quota-exceeded", {
          detail: `${admitted.jobs} of your jobs have not ended, and ${jobsMax} may be open at once.`,
          retryAfterS: await monitor.retryAfterS(),
          members: { jobs: admitted.jobs, limit: jobsMax },
        });
      }
      case "tenant_bytes_full":
        return tenantBytesFull(admitted.bytes, tenantLimits().bytesMax);
      case "mismatch":
        return new Problem("idempotency-mismatch");
      case "pending":
        // By now it is more likely that its API died, and then nobody knows before the reservation lapses.
        return new Problem("idempotency-in-progress", {
          retryAfterS: Math.ceil(admitted.lapsesInMs / 1_000),
        });
      case "gone":
        return new Problem("gone");
    }
  }

  #storePayload(request: AdmissionRequest): Promise<void> {
    const { redis, keys } = this.#options;
    const payload = { envelope: Buffer.from(request.envelope), candidates: request.candidates };
    return storePayload(redis, keys, request.id, payload, payloadMs(request));
  }

  // Under a key the job is found by whoever sends it again, if it was added after all. Else nobody would know of it.
  async #undoAdd(request: AdmissionRequest): Promise<void> {
    const { queue, deliveries } = this.#options;
    if (!request.idempotency) {
      // First, for the job's removal would release it.
      if (request.webhook) await deliveries.remove(deliveryIdOf(request.id)).catch(() => undefined);
      await queue.remove(request.id).catch(() => undefined);
    }
    this.#abandon(request);
  }

  // Best effort, and nobody waits for it. What stays behind lapses with the reservation, and the next admission clears it. A job that is
  // there after all keeps everything.
  #abandon({ id, facts, idempotency }: AdmissionRequest): void {
    const { redis, keys } = this.#options;
    const name = idempotency ? recordName(facts.tenant, idempotency.key) : "";
    abandon(
      redis,
      [
        ...ledgerKeys(keys),
        keys.reservations,
        keys.payload(id),
        keys.metadata(id),
        keys.result(id),
        keys.queueJob(id),
        keys.delivery(deliveryIdOf(id)),
      ],
      [id, keys.idempotency(""), name, deliveryIdOf(id)],
    ).catch(() => undefined);
  }
}
