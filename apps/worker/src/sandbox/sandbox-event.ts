import type { StopReason } from "./attempt.ts";
import type { SandboxErrorCode, ThreadStartError } from "./sandbox-error.ts";

/** Why a thread was killed: what stopped its attempt, a start that failed, its age, or the end of the worker. */
export type KillReason = StopReason | "start_failed" | "recycled" | "closing";

/** What happens to the threads, for logs and metrics. */
export type SandboxEvent =
  | { type: "thread-started"; durationMs: number }
  | { type: "thread-start-failed"; error: ThreadStartError }
  /** It is dead, so much later than it was decided. */
  | { type: "thread-killed"; reason: KillReason; durationMs: number }
  /** Nobody killed it: what it died of, and how many attempts it had been lent to. */
  | { type: "thread-died"; code: SandboxErrorCode; cause: Error | null; lentCount: number }
  /**
   * It does not end, since it is inside of a native call: only the end of the process ends it. No further job is taken; once
   * {@link SandboxedWorker.shutDown} has drained the others, the process is to be killed, for `process.exit()` waits
   * for its threads.
   */
  | { type: "thread-stuck"; reason: KillReason }
  /** Threads cannot be started: no job is taken until one can. */
  | { type: "breaker-opened"; error: ThreadStartError }
  | { type: "breaker-closed" };
