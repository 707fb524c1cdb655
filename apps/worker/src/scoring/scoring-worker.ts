import { type Span, SpanKind } from "@opentelemetry/api";
import { describeError } from "@semblance/shared/errors/describe-error";
import { tellSparingly } from "@semblance/shared/errors/tell-sparingly";
import { isRedrivable, JobError, parseFailedReason } from "@semblance/shared/job/job-error";
import { isOfNewerVersion, newerVersionPauseMs, SCHEMA_VERSION } from "@semblance/shared/job/schema-version";
import { type InlinePayload, type ScoringJobData, toFacts } from "@semblance/shared/job/scoring-job";
import { type RedisKeys, SCORING_QUEUE } from "@semblance/shared/redis/keys";
import {
  type AttemptStore,
  completionToken,
  createAttemptStore,
  LARGE_RESULT_BYTES_MIN,
  type StoreOutcome,
} from "@semblance/shared/store/attempt-store";
import { END_REASONS, type EndCode } from "@semblance/shared/store/end-mark";
import type { Payload } from "@semblance/shared/store/payload";
import type { Logger } from "@semblance/shared/telemetry/logger";
import { contextOf, endSpan, spanning, startSpan } from "@semblance/shared/telemetry/spans";
import { readTraceParent } from "@semblance/shared/telemetry/traceparent";
import { type Span as BullSpan, DelayedError, type Job, UnrecoverableError, WaitingError } from "bullmq";
import type { Redis } from "ioredis";
import type { WorkerConfig } from "../config.ts";
import { LockLostError } from "../sandbox/sandbox-error.ts";
import type { SandboxEvent } from "../sandbox/sandbox-event.ts";
import type { Attachment } from "../sandbox/sandbox-thread.ts";
import { SandboxedWorker } from "../sandbox/sandboxed-worker.ts";
import type { AttemptReport } from "./attempt-report.ts";
import { backoffMs, toBullError, toJobError } from "./retry-policy.ts";
import type { ThreadAnswer, ThreadInput } from "./thread-data.ts";

/** A job that died with so many workers more than once is not tried again: whatever it is, it takes processes down. */
const STALLED_COUNT_MAX = 2;
/** Jobs that are taken while others run, small ones with their payloads: a thread that is done need not wait for Redis. */
const JOBS_AHEAD = 2;
/** To hand over less costs more than to copy it. */
const TRANSFERRED_BYTES_MIN = 65_536;
/** An attempt that is over before that is not noted as begun: most are, and the note would cost each a command. */
const START_NOTE_MS = 50;
const BREAKER_PAUSE_MS = { min: 1_000, max: 30_000 };

export interface ScoringWorkerOptions {
  redis: Redis;
  keys: RedisKeys;
  config: WorkerConfig;
  log: Logger;
  /** Told how each attempt ended. */
  onAttempt: (report: AttemptReport) => void;
  /** Told what happens to the threads. */
  onSandboxEvent: (event: SandboxEvent) => void;
  /** The module that runs in the threads; tests bring their own. */
  processor?: URL;
}

/** What is told of an attempt, to its log line, the metrics and its trace. */
interface Telling {
  /** Its step in the trace. */
  span: Span;
  report: (outcome: AttemptReport["outcome"]) => void;
}

/** An attempt whose result is on its way to Redis. */
interface Scored extends Telling {
  stored: Promise<StoreOutcome>;
}

const PROCESSOR = new URL("./thread-entry.ts", import.meta.url);

/** Bytes that share no memory with others, as small ones of ioredis' do: all of the memory goes with them. */
const toOwn = (bytes: Buffer): Uint8Array<ArrayBuffer> =>
  bytes.length === bytes.buffer.byteLength ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);

const isInline = (payload: Payload | InlinePayload): payload is InlinePayload =>
  typeof payload.candidates === "string";

/** Neither was it put back, nor did a worker die with it. */
const isFirstAttempt = ({ attemptsStarted, stalledCounter }: Job): boolean =>
  attemptsStarted <= 1 && stalledCounter === 0;

const payloadGone = () => new JobError("expired", "the payload was no longer stored");

const endedFromOutside = (code: EndCode) => new JobError(code, END_REASONS[code].slice(code.length + 2));

/** The consumer of the scoring queue: what stands around an attempt in its thread. */
export class ScoringWorker extends SandboxedWorker<ScoringJobData, unknown> {
  readonly store: AttemptStore;
  readonly #redis: Redis;
  readonly #config: WorkerConfig;
  readonly #log: Logger;
  readonly #onAttempt: ScoringWorkerOptions["onAttempt"];
  readonly #cleanups = new Set<Promise<void>>();
  readonly #payloads = new WeakMap<Job, Payload | InlinePayload>();
  readonly #begun = new WeakSet<Job>();
  readonly #startNotes = new Map<Job, NodeJS.Timeout>();
  readonly #scored = new WeakMap<Job, Scored>();

  constructor({
    redis,
    keys,
    config,
    log,
    onAttempt,
    onSandboxEvent,
    processor = PROCESSOR,
  }: ScoringWorkerOptions) {
    super(SCORING_QUEUE, processor, {
      connection: redis,
      prefix: config.keyPrefix,
      concurrency: config.workerConcurrency + JOBS_AHEAD,
      lockDuration: config.lockMs,
      stalledInterval: config.stalledCheckMs,
      maxStalledCount: STALLED_COUNT_MAX,
      settings: { backoffStrategy: (attemptsMade) => backoffMs(attemptsMade) },
      sandbox: {
        jobsAhead: JOBS_AHEAD,
        attach: (job) => this.#takePayload(job),
        deadlineMs: (job) => Math.min(job.data.timeoutMs, config.jobTimeoutMs),
        startLimitMs: config.threadStartLimitMs,
        killGraceMs: config.sandboxKillGraceMs,
        jobsMax: config.sandboxMaxJobs,
        breaker: {
          threshold: config.breakerThreshold,
          pauseMinMs: BREAKER_PAUSE_MS.min,
          pauseMaxMs: BREAKER_PAUSE_MS.max,
        },
        resourceLimits: { maxOldGenerationSizeMb: config.sandboxHeapMb },
        onEvent: onSandboxEvent,
      },
    });
    this.store = createAttemptStore(redis, keys, config.resultTtlS * 1_000);
    this.#redis = redis;
    this.#config = config;
    this.#log = log;
    this.#onAttempt = onAttempt;
    const tell = tellSparingly((error) => log.warn({ error: describeError(error) }, "worker"));
    this.on("error", (error) => {
      // How an attempt ended is told by its report.
      if (
        error instanceof WaitingError ||
        error instanceof DelayedError ||
        error instanceof UnrecoverableError
      )
        return;
      tell(error);
    });
    this.on("failed", (job) => this.#cleanUp(job));
  }

  override async shutDown(graceMs: number): Promise<void> {
    await super.shutDown(graceMs);
    await Promise.all(this.#cleanups);
  }

  protected override async callProcessJob(
    job: Job<ScoringJobData>,
    token: string,
    signal?: AbortSignal,
  ): Promise<unknown> {
    const telling = this.#startTelling(job);
    try {
      if (isOfNewerVersion(job.data)) await this.#leaveToNewer(job, token);
      if (!(await this.#begin(job))) telling.report("succeeded");
      else await this.#store(job, token, await this.#score(job, token, telling, signal), telling);
      return null;
    } catch (error) {
      this.#endStartNote(job, false);
      throw this.#fail(job, error as Error, telling);
    }
  }

  /** Its token makes sure that the result is stored: whoever sees the job succeeded finds it. */
  protected override async handleCompleted(
    result: unknown,
    job: Job<ScoringJobData>,
    token: string,
    ...rest: [fetchNext?: () => boolean, span?: BullSpan]
  ): Promise<Job<ScoringJobData>> {
    const scored = this.#scored.get(job);
    if (!scored) return super.handleCompleted(result, job, token, ...rest);
    const { stored, report } = scored;
    const complete = () => super.handleCompleted(result, job, completionToken(token), ...rest);
    try {
      const next = await complete().catch(async () => {
        await this.#requireStored(stored);
        // The completion overtook the result: Redis had forgotten our script, and not BullMQ's.
        return complete();
      });
      report("succeeded");
      return next;
    } catch (error) {
      throw this.#fail(job, error as Error, scored);
    }
  }

  /** BullMQ keeps an attempt's error by its stack, which names files: here by its message, and once however often Redis had to be asked. */
  protected override handleFailed(
    error: Error,
    job: Job<ScoringJobData>,
    ...rest: [token: string, fetchNext?: () => boolean, span?: BullSpan]
  ): Promise<Job<ScoringJobData>> {
    error.stack = error.message;
    job.stacktrace = (job.stacktrace ?? []).slice(0, job.attemptsMade);
    return super.handleFailed(error, job, ...rest);
  }

  #startTelling(job: Job<ScoringJobData>): Telling {
    const startedAtMs = performance.now();
    const attempt = job.attemptsMade + 1;
    const queuedMs = (job.processedOn ?? 0) - job.timestamp;
    const span = startSpan(`process ${SCORING_QUEUE}`, {
      kind: SpanKind.CONSUMER,
      parent: readTraceParent(job.data.traceparent),
      attributes: {
        "messaging.system": "bullmq",
        "messaging.operation.type": "process",
        "messaging.destination.name": SCORING_QUEUE,
        "messaging.message.id": job.id!,
        "semblance.attempt": attempt,
        "semblance.metric": job.data.metric,
        "semblance.candidate_count": job.data.candidateCount,
        "semblance.queued_ms": queuedMs,
      },
    });
    const traceId = contextOf(span)?.traceId;
    const report = (outcome: AttemptReport["outcome"]) => {
      // One that has not begun is no step of the trace: what is not ended is told to nobody.
      if (outcome !== "not_begun")
        endSpan(span, outcome === "succeeded" || outcome === "put_back" ? undefined : outcome);
      this.#onAttempt({
        jobId: job.id!,
        attempt,
        outcome,
        metric: job.data.metric,
        candidateCount: job.data.candidateCount,
        queuedMs,
        durationMs: performance.now() - startedAtMs,
        ...(traceId ? { traceId } : {}),
      });
    };
    return { span, report };
  }

  /** @returns the error that tells BullMQ what is to become of the job */
  #fail(job: Job<ScoringJobData>, error: Error, { report }: Telling): Error {
    if (error instanceof WaitingError) {
      report(error instanceof LockLostError ? "lost" : this.#begun.has(job) ? "put_back" : "not_begun");
      return error;
    }
    if (error instanceof DelayedError) {
      report("too_new");
      return error;
    }
    const jobError = toJobError(error);
    report(jobError.code);
    if (jobError.cause)
      this.#log.warn({ jobId: job.id, cause: describeError(jobError.cause) }, "attempt failed");
    return toBullError(jobError, job, this.#config);
  }

  async #requireStored(stored: Promise<StoreOutcome>): Promise<void> {
    const outcome = await stored;
    if (outcome === "lost") throw new LockLostError("the job's lock was lost");
    if (outcome !== "stored") throw endedFromOutside(outcome);
  }

  /** Its attempt does not count, and it expires as any job that nobody starts. */
  async #leaveToNewer(job: Job<ScoringJobData>, token: string): Promise<never> {
    const { v: version } = job.data;
    this.#log.error(
      { jobId: job.id, version, known: SCHEMA_VERSION },
      "a job is written in a newer version than this worker knows: upgrade the workers",
    );
    const nowMs = Date.now();
    await job
      .moveToDelayed(nowMs + newerVersionPauseMs(nowMs - job.timestamp), token)
      .catch((error) =>
        this.#log.warn({ jobId: job.id, error: describeError(error) }, "a job is left to be missed"),
      );
    // Also of one that could not be moved: any other error would count as an attempt.
    throw new DelayedError();
  }

  /**
   * @returns whether there is anything to score: an attempt that died after it had stored its result left nothing to do
   * @throws {JobError} `canceled` or `expired`
   */
  async #begin(job: Job<ScoringJobData>): Promise<boolean> {
    const { payload } = job.data;
    if (payload) {
      // No copy of the texts goes along with the job from here.
      job.data = toFacts(job.data);
      this.#payloads.set(job, payload);
    }
    // Nothing can have come of an earlier attempt; and what ended the job meanwhile is found when its result is to be stored.
    if (payload && isFirstAttempt(job)) {
      if (job.data.startBeforeMs < Date.now()) throw endedFromOutside("expired");
      return true;
    }
    const start = await this.store.begin(job.id!, payload !== undefined);
    switch (start) {
      case "scored":
        return false;
      case "missing":
        throw payloadGone();
      case "canceled":
      case "expired":
        throw endedFromOutside(start);
      case "inlined":
      case "large":
        return true;
      default:
        this.#payloads.set(job, start);
        return true;
    }
  }

  /** @throws {JobError} `expired` when the payload is gone */
  async #takePayload(job: Job<ScoringJobData>): Promise<Attachment> {
    const payload = this.#payloads.get(job) ?? (await this.store.readPayload(job.id!));
    if (!payload) throw payloadGone();
    this.#payloads.delete(job);
    if (isInline(payload)) return { value: payload satisfies ThreadInput, transferList: [] };
    const { envelope, candidates } = payload;
    const value = { envelope: toOwn(envelope), candidates: toOwn(candidates) } satisfies ThreadInput;
    const isLarge = candidates.length > TRANSFERRED_BYTES_MIN;
    return { value, transferList: isLarge ? [value.candidates.buffer] : [] };
  }

  async #score(
    job: Job<ScoringJobData>,
    token: string,
    { span }: Telling,
    signal?: AbortSignal,
  ): Promise<ThreadAnswer["result"]> {
    this.#makeProgressOptional(job);
    const answer = super.callProcessJob(job, token, signal) as Promise<ThreadAnswer>;
    return (await spanning("score", { parent: contextOf(span) }, answer)).result;
  }

  /** A small result is not awaited: the completion goes out with it, on the same connection, and is refused unless it is stored. */
  async #store(
    job: Job<ScoringJobData>,
    token: string,
    result: ThreadAnswer["result"],
    telling: Telling,
  ): Promise<void> {
    const text =
      typeof result === "string" ? result : Buffer.from(result.buffer, result.byteOffset, result.byteLength);
    this.#writeTogether();
    const stored = spanning(
      "store result",
      { kind: SpanKind.CLIENT, parent: contextOf(telling.span), attributes: { "db.system.name": "redis" } },
      this.store.storeResult(job.id!, token, text, job.data),
    );
    // Whoever asks hears of it.
    stored.catch(() => undefined);
    this.#endStartNote(job, true);
    this.#scored.set(job, { ...telling, stored });
    if (text.length >= LARGE_RESULT_BYTES_MIN) await stored.catch(() => undefined);
  }

  /** What is written until the current tick is over goes to Redis at once: each write to a socket costs more than its bytes. */
  #writeTogether(): void {
    const { stream } = this.#redis;
    if (!stream?.writable || stream.writableCorked > 0) return;
    stream.cork();
    process.nextTick(() => stream.uncork());
  }

  protected override onStart(job: Job<ScoringJobData>): void {
    this.#begun.add(job);
    this.#startNotes.set(
      job,
      setTimeout(() => this.#noteStart(job), START_NOTE_MS),
    );
  }

  /** From now on it does not expire. Not awaited: nothing depends on the moment. */
  #noteStart(job: Job<ScoringJobData>): void {
    this.#startNotes.delete(job);
    this.store
      .started(job.id!)
      .catch((error) => this.#log.warn({ jobId: job.id, error: describeError(error) }, "start not noted"));
  }

  /** A result's storing notes the start as well; whatever else became of an attempt that has begun, its job has begun, too. */
  #endStartNote(job: Job<ScoringJobData>, hasResult: boolean): void {
    const note = this.#startNotes.get(job);
    if (note === undefined) return;
    clearTimeout(note);
    if (hasResult) this.#startNotes.delete(job);
    else this.#noteStart(job);
  }

  /** BullMQ fails an attempt whose progress cannot be written; a Redis short of memory is no reason to. */
  #makeProgressOptional(job: Job<ScoringJobData>): void {
    const update = job.updateProgress.bind(job);
    job.updateProgress = (progress) =>
      update(progress).catch((error) =>
        this.#log.debug({ jobId: job.id, error: describeError(error) }, "progress not written"),
      );
  }

  /**
   * Drops the payload of a job that ended without a result, unless it may be run once more; after an error it goes with the job's record, or by
   * its own expiry.
   */
  #cleanUp(job: Job<ScoringJobData> | undefined): void {
    if (!job?.id || job.finishedOn === undefined) return;
    const { code } = parseFailedReason(job.failedReason);
    const end = isRedrivable(code) ? this.store.keepPayload : this.store.dropPayload;
    const cleanup = end(job.id, toFacts(job.data))
      .catch((error) =>
        this.#log.warn({ jobId: job.id, error: describeError(error) }, "a payload was left to expire"),
      )
      .finally(() => this.#cleanups.delete(cleanup));
    this.#cleanups.add(cleanup);
  }
}
