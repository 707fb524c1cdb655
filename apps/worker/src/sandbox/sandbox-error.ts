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

/** No thread could be started; no job is to blame. */
export class ThreadStartError extends Error {
  override readonly name = "ThreadStartError";
}
