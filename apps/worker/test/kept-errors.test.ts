import { JobError } from "@semblance/shared/job/job-error";
import { redisKeys } from "@semblance/shared/redis/keys";
import { createLogger } from "@semblance/shared/telemetry/logger";
import { expect, onTestFinished, test } from "vitest";
import { submit } from "../../../test/support/client.ts";
import { connectToRedis } from "../../../test/support/connect-to-redis.ts";
import { startInProcessApi } from "../../../test/support/in-process-api.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";
import { loadWorkerConfig } from "../src/config.ts";
import { ScoringWorker } from "../src/scoring/scoring-worker.ts";

test("of a failed attempt its error's message is kept, once, also when Redis refused it at first", async () => {
  const env = { REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix() };
  const api = await startInProcessApi(env);
  onTestFinished(() => api.close());
  const redis = connectToRedis();
  onTestFinished(() => redis.disconnect());
  const keys = redisKeys(env.KEY_PREFIX);
  const worker = new ScoringWorker({
    redis,
    keys,
    config: loadWorkerConfig(env),
    log: createLogger("worker", "silent"),
    onAttempt: () => undefined,
    onSandboxEvent: () => undefined,
  });
  onTestFinished(() => worker.shutDown(0));
  const { id } = await submit(api.url, { query: "a", candidates: ["b"] });
  const job = (await worker.getNextJob("token"))!;
  const fail = (token: string) => worker["handleFailed"](new JobError("crashed", "it did"), job, token);
  await expect(fail("another's")).rejects.toThrow();
  await fail("token");
  expect(JSON.parse((await redis.hget(keys.queueJob(id), "stacktrace"))!)).toEqual(["crashed: it did"]);
});
