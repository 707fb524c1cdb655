import { availableParallelism } from "node:os";
import { type Config, loadConfig } from "@semblance/shared/config/load-config";
import { commonVariables, integer, type Variable } from "@semblance/shared/config/variables";

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
} satisfies Record<string, Variable<unknown>>;

export type WorkerConfig = Config<typeof workerVariables>;

/** @throws {ConfigError} that names every wrong variable */
export const loadWorkerConfig = (env: Record<string, string | undefined>): WorkerConfig =>
  loadConfig(workerVariables, env);
