import { setTimeout as delay } from "node:timers/promises";
import type { SubmissionLimits } from "@semblance/shared/job/limits";
import type { Closer } from "@semblance/shared/lifecycle/closer";
import { listen } from "@semblance/shared/lifecycle/listen";
import { DeliveryQueue } from "@semblance/shared/queue/delivery-queue";
import { JobEvents } from "@semblance/shared/queue/job-events";
import { ScoringQueue } from "@semblance/shared/queue/scoring-queue";
import {
  connectFailFast,
  connectPatient,
  patientModel,
  waitUntilConnected,
} from "@semblance/shared/redis/connect";
import { redisKeys } from "@semblance/shared/redis/keys";
import { readRedisSettings } from "@semblance/shared/redis/redis-settings";
import { requireFitRedis, type UnfitRedisError } from "@semblance/shared/redis/require-fit-redis";
import { logRedisErrors } from "@semblance/shared/telemetry/log-redis-error";
import type { Logger } from "@semblance/shared/telemetry/logger";
import { toMasterSecrets } from "@semblance/shared/webhook/signing-secrets";
import { toWebhookRules } from "@semblance/shared/webhook/webhook-rules";
import type { Redis } from "ioredis";
import { Admission } from "./admission/admission.ts";
import { ReplicaWait } from "./admission/replica-wait.ts";
import { createApp } from "./app.ts";
import type { ApiConfig } from "./config.ts";
import { consolePages } from "./console/console-pages.ts";
import { ExpirySweep } from "./expiry/expiry-sweep.ts";
import { setCommonHeaders } from "./http/common-headers.ts";
import { createRequestId } from "./http/request-id.ts";
import { isLoopback } from "./is-loopback.ts";
import type { AdminCredentials } from "./operations/admin-credentials.ts";
import { ApiMetrics } from "./operations/api-metrics.ts";
import { BULL_BOARD_PATH, createBoard } from "./operations/bull-board.ts";
import { toBrokenRequestProblem } from "./problems/broken-request.ts";
import { QueueMonitor } from "./queue/queue-monitor.ts";
import { RefusalTally } from "./queue/refusal-tally.ts";
import { createSubmissionReader } from "./submission/submission-reader.ts";
import { KeyRing } from "./tenants/key-ring.ts";
import { RateLimits } from "./tenants/rate-limits.ts";
import { tenantLimits } from "./tenants/tenant-limits.ts";

const CLOSE_LIMIT_MS = 2_000;
/** The first requests find a connection, unless Redis is away: then they are answered without it. */
const CONNECT_WAIT_MS = 2_000;

const toLimits = (config: ApiConfig): SubmissionLimits => ({
  bodyBytesMax: config.bodyBytesMax,
  envelopeBytesMax: config.envelopeBytesMax,
  candidatesMax: config.candidatesMax,
  queryCharsMax: config.queryCharsMax,
  candidateCharsMax: config.candidateCharsMax,
  idCharsMax: config.idCharsMax,
  metadataPairsMax: config.metadataPairsMax,
  metadataValueCharsMax: config.metadataValueCharsMax,
  jobCellsMax: config.jobCellsMax,
  jobTimeoutMs: config.jobTimeoutMs,
  expiresInMsMax: config.expiresInMsMax,
  expiresInMsDefault: Math.min(config.expiresInMsDefault, config.expiresInMsMax),
  webhooks: toMasterSecrets(config).length > 0 ? toWebhookRules(config) : null,
});

const toAdmin = ({ adminUser, adminPasswordSha256 }: ApiConfig): AdminCredentials | null =>
  adminPasswordSha256 && { user: adminUser, passwordSha256: adminPasswordSha256 };

export interface RunningApi {
  url: string;
  /** Whom requests that wait listen to. */
  events: JobEvents;
}

/**
 * Opens what the API needs, wires it and listens. Redis may be away: then submissions and reads say so until it is back.
 *
 * @param onUnfitRedis told of a Redis that is to be refused and came later
 * @throws {UnfitRedisError | ConfigError | ApiKeysError}
 */
export const startApi = async (
  config: ApiConfig,
  log: Logger,
  closer: Closer,
  onUnfitRedis: (error: UnfitRedisError) => void,
): Promise<RunningApi> => {
  let draining = false;
  const onRedisError = logRedisErrors(log);

  const keys = redisKeys(config.keyPrefix);
  const resultTtlMs = config.resultTtlS * 1_000;
  const deliveryTtlMs = config.deliveryTtlS * 1_000;
  const redisSettings = readRedisSettings(config);
  const redis = connectFailFast(redisSettings, onRedisError);
  closer.add("redis", CLOSE_LIMIT_MS, () => redis.disconnect());
  const openQueue = (connection: Redis) => {
    const { keyPrefix } = config;
    const queue = new ScoringQueue({ redis: connection, keyPrefix, resultTtlMs, onError: onRedisError });
    closer.add("queue", CLOSE_LIMIT_MS, () => queue.close());
    return queue;
  };
  const queue = openQueue(redis);
  const deliveries = new DeliveryQueue({ redis, keyPrefix: config.keyPrefix, onError: onRedisError });
  closer.add("delivery queue", CLOSE_LIMIT_MS, () => deliveries.close());

  const boardRedis = connectPatient(redisSettings, onRedisError);
  closer.add("bull board redis", CLOSE_LIMIT_MS, () => boardRedis.disconnect());
  const admin = toAdmin(config);
  const board = createBoard({
    redis: boardRedis,
    requestRedis: redis,
    keyPrefix: config.keyPrefix,
    admin,
    onError: onRedisError,
  });
  closer.add("bull board", CLOSE_LIMIT_MS, () => board.close());

  const keyRing = new KeyRing({ keys: config.apiKeys, file: config.apiKeysFile, log });
  closer.add("API keys", CLOSE_LIMIT_MS, () => keyRing.close());
  const rateLimits = new RateLimits({
    redis,
    keys,
    windowS: config.rateLimitWindowS,
    jobsMax: config.rateLimitJobs,
    requestsMax: config.rateLimitRequests,
  });
  const monitor = new QueueMonitor(redis, keys);
  const refusals = new RefusalTally(redis, keys);
  closer.add("refusals", CLOSE_LIMIT_MS, () => refusals.close());
  const metrics = new ApiMetrics({
    redis,
    monitor,
    queueDepthMax: config.queueDepthMax,
    storeBytesMax: config.storeBytesMax,
    tenants: config.metricsTenants,
    onRefused: (reason) => refusals.count(reason),
  });
  closer.add("metrics", CLOSE_LIMIT_MS, () => metrics.close());
  const events = new JobEvents({
    redis,
    connectionModel: patientModel(redisSettings, onRedisError),
    keyPrefix: config.keyPrefix,
    onError: onRedisError,
  });
  closer.add("job events", CLOSE_LIMIT_MS, () => events.close());
  /** A connection that waits for replicas keeps waiting whatever else is asked on it. */
  const openAdmission = () => {
    const { redisWaitReplicas: replicas, redisWaitMs: timeoutMs } = config;
    if (replicas === 0) return { redis, queue, replicaWait: null };
    const admissionRedis = connectFailFast(redisSettings, onRedisError, { sendsAgain: false });
    closer.add("admission redis", CLOSE_LIMIT_MS, () => admissionRedis.disconnect());
    const replicaWait = new ReplicaWait({ redis: admissionRedis, keys, replicas, timeoutMs });
    return { redis: admissionRedis, queue: openQueue(admissionRedis), replicaWait };
  };
  const limitsOfTenants = () => tenantLimits(config, keyRing);
  const admission = new Admission({
    ...openAdmission(),
    keys,
    monitor,
    queueDepthMax: config.queueDepthMax,
    storeBytesMax: config.storeBytesMax,
    deliveries,
    tenantLimits: limitsOfTenants,
    webhookResultBytesMax: config.webhookResultBytesMax,
    deliveryTtlMs,
  });
  const onExpired = () => metrics.countExpired();
  const sweep = new ExpirySweep({ redis, keys, queue, resultTtlMs, deliveryTtlMs, log, onExpired });
  closer.add("expiry sweep", CLOSE_LIMIT_MS, () => sweep.close());
  const limits = toLimits(config);
  const submissions = await createSubmissionReader(limits);
  closer.add("submission reader", CLOSE_LIMIT_MS, () => submissions.close());
  const { publicUrl } = config;
  // It shows every tenant's jobs: to its admin or, where there is none, on this machine to who needs no key either.
  const bullBoard = admin || (!keyRing.isNeeded && isLoopback(config.host)) ? board.routes : null;
  const app = createApp({
    redis,
    keys,
    queue,
    deliveries,
    submissions,
    admission,
    monitor,
    metrics,
    events,
    limits,
    keyRing,
    rateLimits,
    log,
    queueDepthMax: config.queueDepthMax,
    storeBytesMax: config.storeBytesMax,
    tenantLimits: limitsOfTenants,
    preferWaitMaxS: config.preferWaitMaxS,
    resultTtlMs,
    deliveryTtlMs,
    publicUrl,
    corsOrigins: config.corsOrigins,
    webhookMasters: toMasterSecrets(config),
    isDraining: () => draining,
    bullBoard,
    console: consolePages(() => ({
      needsKey: keyRing.isNeeded,
      bodyBytesMax: config.bodyBytesMax,
      bullBoardPath: bullBoard && BULL_BOARD_PATH,
    })),
  });
  await waitUntilConnected(redis, CONNECT_WAIT_MS);
  await requireFitRedis(redis, { isStrict: config.redisStrict, log, onUnfit: onUnfitRedis });
  const listening = await listen(app, config.host, config.port, {
    requestTimeoutMs: config.requestTimeoutMs,
    sendTimeoutMs: config.sendTimeoutMs,
    connectionsMax: config.connectionsMax,
    onDropped: (count) => log.warn({ count, connectionsMax: config.connectionsMax }, "connections dropped"),
    refuse: (request) => {
      const requestId = createRequestId();
      metrics.countBrokenRequest(request.status);
      log[request.status === 500 ? "error" : "info"]({ ...request, requestId }, "broken request");
      const response = toBrokenRequestProblem(request).toResponse(publicUrl, requestId);
      setCommonHeaders(response.headers, { requestId, publicUrl });
      return response;
    },
  });
  closer.add("http", config.shutdownDelayMs + config.drainLimitMs + CLOSE_LIMIT_MS, async () => {
    draining = true;
    listening.endKeepAlive();
    await delay(config.shutdownDelayMs);
    // Who waits for a job is answered with what is known.
    await events.close();
    await listening.close(config.drainLimitMs);
  });
  return { url: listening.url, events };
};
