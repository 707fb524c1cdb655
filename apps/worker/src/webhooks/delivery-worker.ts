import { SpanKind } from "@opentelemetry/api";
import { describeError } from "@semblance/shared/errors/describe-error";
import { tellSparingly } from "@semblance/shared/errors/tell-sparingly";
import { isOfNewerVersion, newerVersionPauseMs, SCHEMA_VERSION } from "@semblance/shared/job/schema-version";
import { DELIVERY_QUEUE, type RedisKeys } from "@semblance/shared/redis/keys";
import type { Logger } from "@semblance/shared/telemetry/logger";
import { contextOf, endSpan, startSpan } from "@semblance/shared/telemetry/spans";
import { readTraceParent, writeTraceParent } from "@semblance/shared/telemetry/traceparent";
import type { DeliveryJobData } from "@semblance/shared/webhook/delivery";
import { readSecretVersions } from "@semblance/shared/webhook/secret-versions";
import { signMessage } from "@semblance/shared/webhook/sign-message";
import { signingSecrets } from "@semblance/shared/webhook/signing-secrets";
import { toWebhookRules, type WebhookRules } from "@semblance/shared/webhook/webhook-rules";
import { webhookHost } from "@semblance/shared/webhook/webhook-url";
import { DelayedError, type Job, UnrecoverableError, Worker } from "bullmq";
import type { Redis } from "ioredis";
import type { WorkerConfig } from "../config.ts";
import { settlesWithin } from "../sandbox/settles-within.ts";
import { type Claim, type ClaimOptions, claimDelivery, placeOf } from "./claim-delivery.ts";
import type { DeliveryOutcome, DeliveryReport } from "./delivery-report.ts";
import { keepMessage } from "./keep-message.ts";
import { POST_ERRORS, type PostErrorCode } from "./post-error.ts";
import { isDelivered, type PostOutcome, postWebhook } from "./post-webhook.ts";
import type { Resolve } from "./resolve-guarded.ts";
import { nextDelayMs, scheduleMs } from "./retry-schedule.ts";
import { type ReceiverVerdict, type SettleOutcome, settleDelivery } from "./settle-delivery.ts";

/** Failures in a row after which a receiver is parked. */
const PARK_AFTER = 5;
/** A place at a receiver is free again so long after an attempt must be over, whatever became of its worker. */
const LEASE_GRACE_MS = 5_000;
/** After an error that is not the receiver's. */
const TROUBLE_PAUSE_MS = 5_000;
/** Of the attempts that may be under way here one tenant gets so much, for others to find a place. */
const TENANT_SHARE = 0.8;
/** Deliveries are never given up because workers died with them; what must end does so by its schedule. */
const ANY_NUMBER = Number.MAX_SAFE_INTEGER;

type Claimed = Extract<Claim, { outcome: "go" }>;

export interface DeliveryWorkerOptions {
  redis: Redis;
  keys: RedisKeys;
  config: WorkerConfig;
  log: Logger;
  /** Told how each attempt ended. */
  onDelivery: (report: DeliveryReport) => void;
  /** What signing secrets are derived from, the current one first. */
  masters: readonly string[];
  /** In place of DNS. */
  resolve?: Resolve;
}

/** Errors of attempts that did not get as far as the receiver. */
const NOT_ITS_OWN: ReadonlySet<PostErrorCode> = new Set(["refused_url", "refused_address", "internal"]);

/** What an answer tells of the receiver: one that refuses what it was sent works well all the same. */
const judge = ({ status, error }: PostOutcome): ReceiverVerdict => {
  if (error) return NOT_ITS_OWN.has(error.code) ? "neither" : "down";
  return status >= 500 || status === 429 || status === 408 ? "down" : "up";
};

/** The receiver wants no more of it (Standard Webhooks 1.0). */
const isGone = ({ status }: PostOutcome): boolean => status === 410;

/**
 * Delivers webhooks: each is signed and sent until its receiver has taken it or its schedule is over. What is kept of a delivery tells where
 * it stands; its BullMQ job is the clock that brings it back.
 */
export class DeliveryWorker {
  readonly #options: DeliveryWorkerOptions;
  readonly #rules: WebhookRules;
  readonly #claimOptions: ClaimOptions;
  readonly #stopping = new AbortController();
  /** Tenant → how many of its deliveries are in hand here, being claimed or sent. */
  readonly #taken = new Map<string, number>();
  readonly #worker: Worker<DeliveryJobData>;

  constructor(options: DeliveryWorkerOptions) {
    const { config, redis, log } = options;
    this.#options = options;
    this.#rules = toWebhookRules(config);
    this.#claimOptions = {
      hostConcurrency: config.webhookHostConcurrency,
      leaseMs: config.webhookTimeoutMs + LEASE_GRACE_MS,
      deadlineMs:
        scheduleMs(config.webhookSchedule) + config.webhookSchedule.length * config.webhookTimeoutMs,
      parkAfter: PARK_AFTER,
      firstDelayMs: config.webhookSchedule[0] ?? 0,
      ttlMs: config.deliveryTtlS * 1_000,
    };
    this.#worker = new Worker<DeliveryJobData>(DELIVERY_QUEUE, (job, token) => this.#process(job, token!), {
      connection: redis,
      prefix: config.keyPrefix,
      autorun: false,
      concurrency: config.webhookConcurrency,
      lockDuration: config.lockMs,
      stalledInterval: config.stalledCheckMs,
      maxStalledCount: ANY_NUMBER,
    });
    const tell = tellSparingly((error) => log.warn({ error: describeError(error) }, "delivery worker"));
    this.#worker.on("error", (error) => {
      if (error instanceof DelayedError || error instanceof UnrecoverableError) return;
      tell(error);
    });
  }

  run(): Promise<void> {
    return this.#worker.run();
  }

  /** Takes nothing more, waits for receivers to answer, and puts back what is still under way. */
  async shutDown(graceMs: number): Promise<void> {
    const closing = this.#worker.close();
    await settlesWithin(closing, graceMs);
    this.#stopping.abort();
    await closing;
  }

  async #process(job: Job<DeliveryJobData>, token: string): Promise<void> {
    try {
      if (isOfNewerVersion(job.data)) return await this.#leaveToNewer(job, token);
      await this.#counted(job.data.tenant, () => this.#deliver(job, token));
    } catch (error) {
      if (error instanceof DelayedError || error instanceof UnrecoverableError) throw error;
      // Redis out of memory, or a fault of ours: none of the receiver's attempts is burned.
      const { deliveryId } = job.data;
      this.#options.log.warn({ deliveryId, error: describeError(error) }, "a delivery is put off");
      return this.#postpone(job, token, Date.now() + TROUBLE_PAUSE_MS);
    }
  }

  async #deliver(job: Job<DeliveryJobData>, token: string): Promise<void> {
    const claim = await this.#claim(job);
    switch (claim.outcome) {
      case "go":
        return this.#attempt(job, token, claim);
      case "later":
        return this.#postpone(job, token, claim.atMs);
      case "superseded":
      case "ended":
      case "unknown":
      case "deleted":
        return;
    }
  }

  /** Of such a delivery nothing is read but what Bull Board shows of any. */
  #leaveToNewer(job: Job<DeliveryJobData>, token: string): Promise<never> {
    const { deliveryId, url, v: version } = job.data;
    this.#options.log.error(
      { deliveryId, version, known: SCHEMA_VERSION },
      "a delivery is written in a newer version than this worker knows: upgrade the workers",
    );
    const told = { deliveryId, host: webhookHost(url), attempt: 0, status: null, durationMs: 0 };
    this.#options.onDelivery({ ...told, outcome: "too_new" });
    const nowMs = Date.now();
    return this.#postpone(job, token, nowMs + newerVersionPauseMs(nowMs - job.timestamp));
  }

  async #counted(tenant: string, deliver: () => Promise<void>): Promise<void> {
    const add = (count: number) => this.#taken.set(tenant, (this.#taken.get(tenant) ?? 0) + count);
    add(1);
    try {
      await deliver();
    } finally {
      add(-1);
      if (this.#taken.get(tenant) === 0) this.#taken.delete(tenant);
    }
  }

  /** What its job's end released is not kept yet: its message is made and kept first. */
  async #claim(job: Job<DeliveryJobData>): Promise<Claim> {
    const claim = await this.#ask(job.data);
    if (claim.outcome !== "unknown" || !job.data.job) return claim;
    return (await keepMessage(this.#options, job, Date.now())) ? this.#ask(job.data) : claim;
  }

  #ask({ deliveryId, tenant, url, restart }: DeliveryJobData): Promise<Claim> {
    const { redis, keys, config } = this.#options;
    const request = { id: deliveryId, tenant, host: webhookHost(url), restart, nowMs: Date.now() };
    // A tenant beyond its share waits in the line of that receiver, as if there were no place.
    const isBeyondShare = this.#taken.get(tenant)! > Math.ceil(config.webhookConcurrency * TENANT_SHARE);
    const options = isBeyondShare ? { ...this.#claimOptions, hostConcurrency: 0 } : this.#claimOptions;
    return claimDelivery(redis, keys, request, options);
  }

  async #attempt(job: Job<DeliveryJobData>, token: string, claimed: Claimed): Promise<void> {
    const { data } = job;
    const startedAtMs = Date.now();
    const answer = await this.#trace(data, claimed.made + 1, (traceHeader) =>
      this.#post(data, claimed.body, startedAtMs, traceHeader),
    );
    if (answer.error?.code === "aborted") return this.#putBack(job, token, claimed, answer);

    const made = claimed.made + 1;
    const delayMs = this.#delayAfter(answer, claimed, made);
    const nowMs = Date.now();
    const nextAttemptAtMs = delayMs === null ? null : nowMs + delayMs;
    const status = isDelivered(answer) ? "succeeded" : nextAttemptAtMs === null ? "failed" : "pending";
    const settled = await settleDelivery(
      this.#options.redis,
      this.#options.keys,
      {
        id: data.deliveryId,
        tenant: data.tenant,
        host: webhookHost(data.url),
        restart: data.restart,
        nowMs,
        attempt: {
          startedAtMs,
          durationMs: answer.durationMs,
          status: answer.status,
          error: answer.error,
          answer: answer.answer,
        },
        status,
        nextAttemptAtMs,
        receiver: judge(answer),
        pauseMs: (answer.retryAfterS ?? 0) * 1_000,
      },
      this.#claimOptions,
    );
    this.#report(data, made, answer, this.#name(settled, status), delayMs);
    if (settled !== "settled" || status === "succeeded") return;
    if (nextAttemptAtMs !== null) return this.#postpone(job, token, nextAttemptAtMs);
    // Bull Board is to show it as failed, and why; for longer than the rest of it is kept.
    await job.updateData({
      v: data.v,
      deliveryId: data.deliveryId,
      tenant: data.tenant,
      url: new URL(data.url).origin,
      restart: data.restart,
    });
    throw new UnrecoverableError(answer.error?.message ?? `the receiver answered ${answer.status}`);
  }

  async #post(
    { deliveryId, tenant, url }: DeliveryJobData,
    body: Buffer,
    nowMs: number,
    traceHeader: { traceparent?: string },
  ): Promise<PostOutcome> {
    const { redis, keys, config, log, masters, resolve } = this.#options;
    const versions = await readSecretVersions(redis, keys, tenant, nowMs);
    const secrets = signingSecrets(masters, tenant, versions);
    const signed = signMessage({ id: deliveryId, timestampS: Math.floor(nowMs / 1_000), body, secrets });
    try {
      return await postWebhook({
        url,
        body,
        headers: { "Content-Type": "application/json", ...traceHeader, ...signed },
        rules: this.#rules,
        timeoutMs: config.webhookTimeoutMs,
        signal: this.#stopping.signal,
        ...(resolve ? { resolve } : {}),
      });
    } catch (error) {
      // An attempt like any other: it may have reached the receiver, and is not to be made again and again.
      log.error({ deliveryId, error: describeError(error) }, "a webhook could not be sent");
      const told = { code: "internal" as const, message: POST_ERRORS.internal };
      return { status: null, error: told, answer: null, retryAfterS: null, durationMs: Date.now() - nowMs };
    }
  }

  /** The receiver's own steps go on from here, if it cares. Of its URL only the host is told: the rest may be a secret. */
  async #trace(
    { deliveryId, url, job, traceparent }: DeliveryJobData,
    attempt: number,
    post: (traceHeader: { traceparent?: string }) => Promise<PostOutcome>,
  ): Promise<PostOutcome> {
    const span = startSpan("POST webhook", {
      kind: SpanKind.CLIENT,
      parent: readTraceParent(traceparent ?? job?.facts.traceparent),
      attributes: {
        "http.request.method": "POST",
        "server.address": webhookHost(url),
        "semblance.delivery_id": deliveryId,
        "semblance.attempt": attempt,
      },
    });
    const context = contextOf(span);
    const outcome = await post(context ? { traceparent: writeTraceParent(context) } : {});
    if (outcome.status !== null) span.setAttribute("http.response.status_code", outcome.status);
    endSpan(span, isDelivered(outcome) ? undefined : (outcome.error?.code ?? String(outcome.status)));
    return outcome;
  }

  #delayAfter(answer: PostOutcome, { attemptsMax, isLast }: Claimed, made: number): number | null {
    if (isDelivered(answer) || isGone(answer) || isLast || made === attemptsMax) return null;
    const { webhookSchedule, deliveryTtlS } = this.#options.config;
    // What is kept of it must be there at its next attempt.
    const retryAfterS = Math.min(answer.retryAfterS ?? 0, deliveryTtlS / 2);
    return nextDelayMs(webhookSchedule, made, retryAfterS);
  }

  #name(settled: SettleOutcome, status: "succeeded" | "failed" | "pending"): DeliveryOutcome {
    if (settled !== "settled") return settled;
    return status === "pending" ? "will_retry" : status;
  }

  /** Whether the receiver had it is not known: it is sent again, by another worker, and the attempt does not count. */
  async #putBack(
    job: Job<DeliveryJobData>,
    token: string,
    { made }: Claimed,
    answer: PostOutcome,
  ): Promise<void> {
    const { redis, keys } = this.#options;
    const { deliveryId, tenant, url, restart } = job.data;
    await redis.zrem(keys.sending(webhookHost(url)), placeOf({ tenant, id: deliveryId, restart }));
    this.#report(job.data, made + 1, answer, "put_back", null);
    return this.#postpone(job, token, Date.now());
  }

  async #postpone(job: Job<DeliveryJobData>, token: string, atMs: number): Promise<never> {
    try {
      await job.moveToDelayed(Math.max(atMs, Date.now()), token);
    } catch (error) {
      const { deliveryId } = job.data;
      this.#options.log.warn({ deliveryId, error: describeError(error) }, "a delivery is left to be missed");
    }
    // Also of one that could not be moved: any other error would end it for good, while so it is taken up again when its lock has lapsed.
    throw new DelayedError();
  }

  #report(
    { deliveryId, job, url, traceparent }: DeliveryJobData,
    attempt: number,
    { status, error, durationMs }: PostOutcome,
    outcome: DeliveryOutcome,
    delayMs: number | null,
  ): void {
    this.#options.onDelivery({
      deliveryId,
      jobId: job?.id,
      host: webhookHost(url),
      attempt,
      outcome,
      status,
      errorCode: error?.code,
      durationMs,
      ...(delayMs === null ? {} : { nextAttemptInMs: delayMs }),
      traceId: readTraceParent(traceparent ?? job?.facts.traceparent)?.traceId,
    });
  }
}
