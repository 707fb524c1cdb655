import { describeError } from "@semblance/shared/errors/describe-error";
import type { Logger } from "@semblance/shared/telemetry/logger";
import type { SandboxEvent } from "../sandbox/sandbox-event.ts";

/** What an operator may want to act on; the rest is told by metrics. */
export const logSandboxEvent = (log: Logger, event: SandboxEvent): void => {
  switch (event.type) {
    case "thread-start-failed":
      log.warn({ error: describeError(event.error.cause) }, "a thread could not be started");
      break;
    case "thread-died":
      log.warn(
        { code: event.code, ...(event.cause ? { cause: describeError(event.cause) } : {}) },
        "a thread died",
      );
      break;
    case "thread-stuck":
      log.fatal({ reason: event.reason }, "a killed thread does not end: draining, to be restarted");
      break;
    case "breaker-opened":
      log.error({ error: describeError(event.error.cause) }, "threads cannot be started: taking no jobs");
      break;
    case "breaker-closed":
      log.info("threads can be started again: taking jobs");
      break;
    case "thread-started":
    case "thread-killed":
      break;
  }
};
