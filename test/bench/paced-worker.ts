import { setTimeout as delay } from "node:timers/promises";
import { announceReady } from "@semblance/shared/lifecycle/launcher";
import { connectPatient } from "@semblance/shared/redis/connect";
import { redisKeys } from "@semblance/shared/redis/keys";
import { readRedisSettings } from "@semblance/shared/redis/redis-settings";
import { createLogger } from "@semblance/shared/telemetry/logger";
import { loadWorkerConfig } from "../../apps/worker/src/config.ts";
import { ScoringWorker } from "../../apps/worker/src/scoring/scoring-worker.ts";

/** The product's worker, but that its jobs begin evenly, `JOBS_PER_SECOND` of them, and so do tiny ones end. */
class PacedWorker extends ScoringWorker {
  readonly #pauseMs = 1_000 / Number(process.env["JOBS_PER_SECOND"]);
  #turnMs: number | undefined;

  protected override async callProcessJob(
    ...args: Parameters<ScoringWorker["callProcessJob"]>
  ): Promise<unknown> {
    const nowMs = performance.now();
    // By the clock, so that one that is late puts off none behind it.
    this.#turnMs = this.#turnMs === undefined ? nowMs : this.#turnMs + this.#pauseMs;
    await delay(Math.max(0, this.#turnMs - nowMs));
    return super.callProcessJob(...args);
  }
}

const config = loadWorkerConfig(process.env);
const worker = new PacedWorker({
  redis: connectPatient(readRedisSettings(config), () => undefined),
  keys: redisKeys(config.keyPrefix),
  config,
  log: createLogger("worker", config.logLevel),
  onAttempt: () => undefined,
  onSandboxEvent: () => undefined,
});
await worker.warm();
void worker.run();
process.on("disconnect", () => process.exit(0));
announceReady();
