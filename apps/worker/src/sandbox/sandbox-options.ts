import type { ResourceLimits } from "node:worker_threads";
import type { Job } from "bullmq";
import type { SandboxEvent } from "./sandbox-event.ts";
import type { Attachment } from "./sandbox-thread.ts";
import type { BreakerOptions } from "./start-breaker.ts";

export interface SandboxOptions<Data = unknown> {
  /** How long one attempt of this job may run, in ms, from the moment its thread takes it. */
  deadlineMs: (job: Job<Data>) => number;
  /**
   * How many of the jobs that are taken at once, the worker's concurrency, only wait for one of the others to end: its thread then goes on
   * without waiting for Redis. The others have a thread each. 0 unless given.
   */
  jobsAhead?: number;
  /** How long these wait before they are put back, for another worker that may be free, in ms; 1 s unless given. */
  aheadLimitMs?: number;
  /** What the thread finds as `job.attachment`; asked once there is one for the job, and not charged to its deadline. Nothing unless given. */
  attach?: (job: Job<Data>) => Attachment | Promise<Attachment> | undefined;
  /** How long a thread may take to load the processor; 10 s unless given. */
  startLimitMs?: number;
  /** How long a killed thread may take to die before it counts as stuck; 5 s unless given. */
  killGraceMs?: number;
  /** After how many failed starts no job is taken, and the pauses between probes; 3, and 1 s to 30 s, unless given. */
  breaker?: BreakerOptions;
  /** Attempts after which a thread is replaced; 10,000 unless given. */
  jobsMax?: number;
  /** The share of its heap limit, 0 to 1, from which on a thread is replaced; 0.8 unless given. */
  heapShareMax?: number;
  /** Messages that the thread of one attempt may send: progress, logs, the answer; 10,000 unless given. */
  messagesMax?: number;
  /** Given to every thread as `workerData`. */
  workerData?: unknown;
  /** A thread that passes its heap's limit ends as `out_of_memory`. Buffers and WebAssembly memory are outside of it. */
  resourceLimits?: ResourceLimits;
  /** Told what happens to the threads; must not throw. */
  onEvent?: (event: SandboxEvent) => void;
}

export type ResolvedSandboxOptions<Data> = Required<SandboxOptions<Data>>;

const DEFAULTS = {
  jobsAhead: 0,
  aheadLimitMs: 1_000,
  attach: () => undefined,
  startLimitMs: 10_000,
  killGraceMs: 5_000,
  breaker: { threshold: 3, pauseMinMs: 1_000, pauseMaxMs: 30_000 },
  jobsMax: 10_000,
  heapShareMax: 0.8,
  messagesMax: 10_000,
  workerData: undefined,
  resourceLimits: {},
  onEvent: () => undefined,
} satisfies Omit<ResolvedSandboxOptions<unknown>, "deadlineMs">;

export const resolveSandboxOptions = <Data>(options: SandboxOptions<Data>): ResolvedSandboxOptions<Data> => ({
  ...DEFAULTS,
  ...options,
});
