import { availableParallelism } from "node:os";
import { type Config, ConfigError, loadConfig } from "@semblance/shared/config/load-config";
import { redisVariables } from "@semblance/shared/config/redis-variables";
import { tracingVariables } from "@semblance/shared/config/tracing-variables";
import { commonVariables, integer, text, type Variable } from "@semblance/shared/config/variables";
import { webhookVariables } from "@semblance/shared/config/webhook-variables";
import { JOB_ATTEMPTS_MAX } from "@semblance/shared/queue/scoring-queue";
import { z } from "zod";
import { scheduleMs } from "./webhooks/retry-schedule.ts";

const MINUTE_MS = 60_000;

const UNIT_MS = { ms: 1, s: 1_000, m: MINUTE_MS, h: 60 * MINUTE_MS } as const;
const SCHEDULE_MAX = 50;

const parseDuration = (text: string): number => {
  const [, count, unit] = /^(\d{1,6})(ms|s|m|h)$/.exec(text) ?? [];
  return Number(count ?? Number.NaN) * UNIT_MS[(unit ?? "ms") as keyof typeof UNIT_MS];
};

const schedule = (fallback: string, meaning: string): Variable<number[]> => ({
  schema: z
    .string()
    .transform((value) => value.split(",").map((entry) => parseDuration(entry.trim())))
    .refine(
      (delays) => delays.length <= SCHEDULE_MAX && delays.every(Number.isSafeInteger),
      `is no list of up to ${SCHEDULE_MAX} durations such as 0s,5s,5m,2h`,
    ),
  default: fallback,
  meaning,
});

export const workerVariables = {
  ...redisVariables,
  ...commonVariables,
  WORKER_CONCURRENCY: {
    ...integer(
      availableParallelism(),
      { min: 1, max: 256 },
      "How many jobs one worker process runs at once, each in a thread of its own.",
    ),
    defaultMeaning: "the available cores",
  },
  TIMEOUT_ATTEMPTS: integer(
    1,
    { min: 1, max: 100 },
    "How often a job whose attempts time out is tried in all; scoring is deterministic, so the next attempt would rarely fare better.",
  ),
  JOB_ATTEMPTS: integer(
    3,
    { min: 1, max: JOB_ATTEMPTS_MAX },
    "How often a job is tried in all when its attempts crash.",
  ),
  SHUTDOWN_GRACE_MS: integer(
    10_000,
    { min: 0, max: 60 * MINUTE_MS },
    "How long running jobs may go on when the worker shuts down, before they are put back.",
  ),
  SANDBOX_HEAP_MB: integer(
    512,
    { min: 16, max: 65_536 },
    "The JavaScript heap of one thread, in MiB; a job that needs more ends as `out_of_memory`.",
  ),
  SANDBOX_KILL_GRACE_MS: integer(
    5_000,
    { min: 100, max: 5 * MINUTE_MS },
    "How long a killed thread may take to die; after that the worker drains its other jobs and ends itself, to be restarted.",
  ),
  SANDBOX_MAX_JOBS: integer(
    10_000,
    { min: 1, max: 1_000_000_000 },
    "How many attempts a thread serves before it is replaced.",
  ),
  THREAD_START_LIMIT_MS: integer(
    10_000,
    { min: 100, max: 5 * MINUTE_MS },
    "How long a thread may take to start.",
  ),
  BREAKER_THRESHOLD: integer(
    3,
    { min: 1, max: 100 },
    "Failed starts of threads, one after another, after which the worker takes no jobs until one succeeds.",
  ),
  LOCK_MS: integer(
    15_000,
    { min: 1_000, max: 10 * MINUTE_MS },
    "How long a job stays with a worker that gives no sign of life.",
  ),
  STALLED_CHECK_MS: integer(
    5_000,
    { min: 100, max: 10 * MINUTE_MS },
    "How often jobs of lost workers are looked for.",
  ),
  HEALTH_HOST: text(
    "127.0.0.1",
    "The address the worker answers `/healthz`, `/readyz` and `/metrics` on, to whoever can reach it.",
  ),
  HEALTH_PORT: integer(
    0,
    { min: 0, max: 65_535 },
    "The port of these; 0 takes a free one, which the log tells.",
  ),
  WEBHOOK_SCHEDULE: schedule(
    "0s,5s,5m,30m,2h,5h,10h,14h,20h,24h",
    "How long a webhook waits for its first attempt, its second and so on, each lengthened by up to a fifth; after the last it is given up.",
  ),
  WEBHOOK_TIMEOUT_MS: integer(
    15_000,
    { min: 100, max: 5 * MINUTE_MS },
    "How long an attempt to deliver a webhook may take in all.",
  ),
  WEBHOOK_CONCURRENCY: integer(
    100,
    { min: 1, max: 10_000 },
    "How many webhooks one worker process sends at once.",
  ),
  WEBHOOK_HOST_CONCURRENCY: integer(
    10,
    { min: 1, max: 10_000 },
    "How many webhooks all workers together send to one host at once.",
  ),
  ...webhookVariables,
  ...tracingVariables,
} satisfies Record<string, Variable<unknown>>;

export type WorkerConfig = Config<typeof workerVariables>;

/** @throws {ConfigError} that names every wrong variable */
export const loadWorkerConfig = (env: Record<string, string | undefined>): WorkerConfig => {
  const config = loadConfig(workerVariables, env);
  if (config.deliveryTtlS * 1_000 <= scheduleMs(config.webhookSchedule)) {
    throw new ConfigError("DELIVERY_TTL_S is not longer than WEBHOOK_SCHEDULE takes in all");
  }
  return config;
};
