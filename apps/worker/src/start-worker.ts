import { describeError } from "@semblance/shared/errors/describe-error";
import type { Closer } from "@semblance/shared/lifecycle/closer";
import { listen } from "@semblance/shared/lifecycle/listen";
import { connectPatient, waitUntilConnected } from "@semblance/shared/redis/connect";
import { redisKeys } from "@semblance/shared/redis/keys";
import { readRedisSettings } from "@semblance/shared/redis/redis-settings";
import { requireFitRedis, type UnfitRedisError } from "@semblance/shared/redis/require-fit-redis";
import { logRedisErrors } from "@semblance/shared/telemetry/log-redis-error";
import type { Logger } from "@semblance/shared/telemetry/logger";
import { toMasterSecrets } from "@semblance/shared/webhook/signing-secrets";
import type { WorkerConfig } from "./config.ts";
import { Heartbeat } from "./heartbeat.ts";
import { createHealthApp } from "./operations/health-app.ts";
import { logAttempt } from "./operations/log-attempt.ts";
import { logDelivery } from "./operations/log-delivery.ts";
import { logSandboxEvent } from "./operations/log-sandbox-event.ts";
import { createReadiness } from "./operations/readiness.ts";
import { WorkerMetrics } from "./operations/worker-metrics.ts";
import { QueueTally } from "./queue-tally.ts";
import { listenForCancels } from "./scoring/cancel-listener.ts";
import { ScoringWorker } from "./scoring/scoring-worker.ts";
import { DeliveryWorker } from "./webhooks/delivery-worker.ts";
import type { Resolve } from "./webhooks/resolve-guarded.ts";

/** What a step of the shutdown may take beyond the grace that running jobs get. */
const CLOSE_LIMIT_MS = 2_000;
/** Redis is examined before the first job is taken, unless it is away: then when it comes. */
const CONNECT_WAIT_MS = 2_000;

export interface WorkerOptions {
  config: WorkerConfig;
  log: Logger;
  closer: Closer;
  /** Called when a killed thread does not end: the process is to be drained and replaced. */
  onStuck: () => void;
  /** Told of a Redis that is to be refused and came later. */
  onUnfitRedis: (error: UnfitRedisError) => void;
  /** The module that runs in the threads; tests bring their own. */
  processor?: URL | undefined;
  /** Finds the addresses of webhooks' hosts in place of DNS; tests bring their own. */
  resolve?: Resolve | undefined;
}

export interface RunningWorker {
  worker: ScoringWorker;
  /** Where `/healthz`, `/readyz` and `/metrics` are. */
  healthUrl: string;
}

/**
 * Opens what the worker needs and takes jobs once its threads are warm. Redis may be away: then it waits for it.
 *
 * @throws {UnfitRedisError | ConfigError}
 */
export const startWorker = async (options: WorkerOptions): Promise<RunningWorker> => {
  const { config, log, closer, onStuck, onUnfitRedis, processor, resolve } = options;
  const onRedisError = logRedisErrors(log);
  const keys = redisKeys(config.keyPrefix);
  const redisSettings = readRedisSettings(config);
  const redis = connectPatient(redisSettings, onRedisError);
  const subscriber = connectPatient(redisSettings, onRedisError);

  let heartbeat: Heartbeat | undefined;
  const worker = new ScoringWorker({
    redis,
    keys,
    config,
    log,
    onAttempt: (report) => {
      logAttempt(log, report);
      metrics.countAttempt(report);
      tally.countAttempt(report);
    },
    onSandboxEvent: (event) => {
      logSandboxEvent(log, event);
      metrics.countEvent(event);
      if (event.type === "thread-stuck") onStuck();
      if (event.type === "breaker-opened" || event.type === "breaker-closed") heartbeat?.beat();
    },
    ...(processor ? { processor } : {}),
  });
  const tally = new QueueTally();
  const metrics = new WorkerMetrics(redis, () => worker);

  // Probes are answered to the very end, so that what is opened first is closed last.
  const readiness = createReadiness(worker, redis);
  const health = await listen(createHealthApp(readiness.read, metrics), config.healthHost, config.healthPort);
  closer.add("health", CLOSE_LIMIT_MS, () => health.close(0));
  closer.add("redis", CLOSE_LIMIT_MS, () => {
    redis.disconnect();
    subscriber.disconnect();
  });
  closer.add("metrics", CLOSE_LIMIT_MS, () => metrics.close());
  const stopListening = listenForCancels({
    subscriber,
    keys,
    runningJobIds: () => worker.runningJobIds,
    findEnded: worker.store.findEnded,
    cancel: (id) => worker.cancelJob(id),
    onError: onRedisError,
  });
  closer.add("cancel listener", CLOSE_LIMIT_MS, stopListening);
  closer.add("heartbeat", CLOSE_LIMIT_MS, () => heartbeat?.stop());
  // What awaits delivery is left to workers that can sign it.
  const masters = toMasterSecrets(config);
  const deliveries =
    masters.length > 0
      ? new DeliveryWorker({
          masters,
          redis,
          keys,
          config,
          log,
          onDelivery: (report) => {
            logDelivery(log, report);
            metrics.countDelivery(report);
            tally.countDelivery(report);
          },
          ...(resolve ? { resolve } : {}),
        })
      : null;
  // Opened last, closed first: from the first moment of a shutdown nothing more is taken.
  const { shutdownGraceMs } = config;
  closer.add("worker", shutdownGraceMs + config.sandboxKillGraceMs + 2 * CLOSE_LIMIT_MS, () =>
    Promise.all([worker.shutDown(shutdownGraceMs), deliveries?.shutDown(shutdownGraceMs)]),
  );

  await worker.warm();
  await waitUntilConnected(redis, CONNECT_WAIT_MS);
  await requireFitRedis(redis, { isStrict: config.redisStrict, log, onUnfit: onUnfitRedis });
  readiness.started();
  worker.run().catch((error) => log.error({ error: describeError(error) }, "the worker stopped taking jobs"));
  deliveries
    ?.run()
    .catch((error) => log.error({ error: describeError(error) }, "the worker stopped delivering webhooks"));
  const { workerConcurrency: threads } = config;
  const readState = () => (worker.isTaking ? "taking" : worker.isBreakerOpen ? "broken" : "away");
  heartbeat = new Heartbeat({ redis, keys, threads, readState, tally, onError: onRedisError });
  return { worker, healthUrl: health.url };
};
