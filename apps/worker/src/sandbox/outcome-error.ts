import type { Outcome } from "./attempt.ts";
import { CanceledError, LockLostError, SandboxError, type SandboxErrorCode } from "./sandbox-error.ts";

/** How a thread ended by itself. */
export interface Death {
  causeOfDeath: SandboxErrorCode;
  exitCode: number | null;
  lastError: Error | null;
}

/** The limits that an attempt had. */
interface Limits {
  deadlineMs: number;
  messagesMax: number;
}

const toCrash = ({ causeOfDeath, exitCode, lastError }: Death): SandboxError => {
  const message =
    causeOfDeath === "out_of_memory"
      ? "the thread ran out of memory"
      : `the thread exited with code ${exitCode}`;
  return new SandboxError(causeOfDeath, message, { cause: lastError });
};

/** What an attempt fails with that its processor did not answer; one that was interrupted does not fail. */
export const toError = (
  outcome: Exclude<Outcome<unknown>, { verdict: "answered" | "interrupted" }>,
  thread: Death,
  { deadlineMs, messagesMax }: Limits,
): Error => {
  switch (outcome.verdict) {
    case "died":
      return toCrash(thread);
    case "timed_out":
      return new SandboxError("timed_out", `the attempt ran longer than ${deadlineMs} ms`);
    case "flooded":
      return new SandboxError("crashed", `the thread sent more than ${messagesMax} messages`);
    case "canceled":
      return new CanceledError("the job was canceled");
    case "lost":
      return new LockLostError("the job's lock was lost");
    case "broken_off":
      return outcome.error;
  }
};
