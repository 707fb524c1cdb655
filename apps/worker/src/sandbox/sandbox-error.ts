import { UnrecoverableError } from "bullmq";

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

/** No thread could be started; no job is to blame. */
export class ThreadStartError extends Error {
  override readonly name = "ThreadStartError";
}
