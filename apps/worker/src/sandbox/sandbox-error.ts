import { UnrecoverableError, WaitingError } from "bullmq";

export type SandboxErrorCode = "timed_out" | "crashed" | "out_of_memory";

/** An attempt ended without the processor's answer. */
export class SandboxError extends Error {
  override readonly name = "SandboxError";
  readonly code: SandboxErrorCode;

  constructor(code: SandboxErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** An attempt was stopped because nobody wants its answer; BullMQ does not retry it. */
export class CanceledError extends UnrecoverableError {}

/** The job's lock is gone: whoever has the job now settles it, so BullMQ is told to ask for nothing more. */
export class LockLostError extends WaitingError {}

/** No thread could be started; no job is to blame. */
export class ThreadStartError extends Error {
  override readonly name = "ThreadStartError";
}
