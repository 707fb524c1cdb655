import { availableParallelism } from "node:os";
import { type Config, loadConfig } from "@semblance/shared/config/load-config";
import { commonVariables, integer, text, type Variable } from "@semblance/shared/config/variables";
import { webhookVariables } from "@semblance/shared/config/webhook-variables";
import { JOB_ATTEMPTS_MAX } from "@semblance/shared/queue/scoring-queue";

const MINUTE_MS = 60_000;

export const workerVariables = {
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
  ...webhookVariables,
} satisfies Record<string, Variable<unknown>>;

export type WorkerConfig = Config<typeof workerVariables>;

/** @throws {ConfigError} that names every wrong variable */
export const loadWorkerConfig = (env: Record<string, string | undefined>): WorkerConfig =>
  loadConfig(workerVariables, env);
