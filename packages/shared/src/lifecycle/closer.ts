import { setTimeout as delay } from "node:timers/promises";
import { describeError } from "../errors/describe-error.ts";
import type { Logger } from "../telemetry/logger.ts";

interface Step {
  name: string;
  limitMs: number;
  close: () => Promise<unknown> | unknown;
}

/** Closes what was opened, in the reverse order, each step within its limit; a step that fails does not stop the others. */
export class Closer {
  readonly #steps: Step[] = [];
  readonly #log: Logger;
  #closing: Promise<void> | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  add(name: string, limitMs: number, close: Step["close"]): void {
    this.#steps.push({ name, limitMs, close });
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    for (const step of this.#steps.reverse()) {
      try {
        await this.#closeWithin(step);
      } catch (error) {
        this.#log.error({ step: step.name, error: describeError(error) }, "a step of the shutdown failed");
      }
    }
  }

  async #closeWithin({ name, limitMs, close }: Step): Promise<void> {
    const limit = new AbortController();
    const late = delay(limitMs, "late" as const, { signal: limit.signal }).catch(() => "on time" as const);
    const outcome = await Promise.race([
      Promise.resolve(close()).then(() => "closed" as const),
      late,
    ]).finally(() => limit.abort());
    if (outcome === "late") this.#log.error({ step: name, limitMs }, "a step of the shutdown took too long");
  }
}
