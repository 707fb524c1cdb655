/**
 * What a job costs Redis that is submitted, scored, polled once and whose result is read once: the CPU time of its one thread, bytes either way, and the memory that
 * is left of it. For docs/capacity.md.
 *
 * node test/bench/redis-cost.ts [jobs]
 */
import { DEFAULT_KEY_PREFIX, redisKeys } from "@semblance/shared/redis/keys";
import type { Redis } from "ioredis";
import { startApiProcess, startWorkerProcess } from "../support/app-process.ts";
import { read, submit } from "../support/client.ts";
import { startWebhookReceiver } from "../support/webhook-receiver.ts";
import { MASTER_SECRET } from "../support/webhook-secret.ts";
import { readRedisUsage } from "./redis-usage.ts";
import { submissionOf } from "./submission-of.ts";
import { waitForCompleted } from "./wait-for-completed.ts";
import { withRedis } from "./with-redis.ts";

const JOBS = Number(process.argv[2] ?? 1_000);
const CLIENTS = 8;
const completedKey = redisKeys(DEFAULT_KEY_PREFIX).queueCompleted;

const readField = async (redis: Redis, section: string, field: string): Promise<number> =>
  Number(new RegExp(`^${field}:([\\d.]+)`, "m").exec(await redis.info(section))![1]);

const readCost = async (redis: Redis) => ({
  ...(await readRedisUsage(redis)),
  cpuS: (await readField(redis, "cpu", "used_cpu_user")) + (await readField(redis, "cpu", "used_cpu_sys")),
  memory: await readField(redis, "memory", "used_memory"),
});

const measure = (title: string, candidates: number, hasWebhook: boolean) =>
  withRedis(async (redisUrl, redis) => {
    const receiver = await startWebhookReceiver();
    const env = {
      REDIS_URL: redisUrl,
      QUEUE_DEPTH_MAX: "100000",
      STORE_BYTES_MAX: String(2 ** 33),
      WEBHOOK_MASTER_SECRET: MASTER_SECRET,
      WEBHOOK_ALLOW_HOSTS: receiver.host,
    };
    const api = await startApiProcess(env);
    const worker = await startWorkerProcess(env);
    const webhook = hasWebhook ? { webhook: { url: receiver.url } } : {};
    const submission = { ...submissionOf(candidates), ...webhook };
    let ended = 0;
    const runJobs = async (count: number) => {
      const ids: string[] = [];
      let toSubmit = count;
      const forEachClient = (client: () => Promise<void>) =>
        Promise.all(Array.from({ length: CLIENTS }, client));
      await forEachClient(async () => {
        while (toSubmit-- > 0) ids.push((await submit(api.url, submission)).id);
      });
      ended += count;
      await waitForCompleted(redis, { completedKey, count: ended, pauseMs: 100 });
      await forEachClient(async () => {
        for (let id = ids.pop(); id; id = ids.pop()) {
          await read(api.url, id);
          await (await fetch(`${api.url}/v1/jobs/${id}/result`)).arrayBuffer();
        }
      });
    };
    await runJobs(CLIENTS * 4);
    const before = await readCost(redis);
    await runJobs(JOBS);
    const after = await readCost(redis);
    const perJob = (field: keyof typeof before) => Math.round((after[field] - before[field]) / JOBS);
    const cpuUs = Math.round(((after.cpuS - before.cpuS) * 1e6) / JOBS);
    console.log(
      `${title}: ${cpuUs} µs, ${perJob("commands")} commands with those of scripts, ${perJob("bytesIn")} bytes in, ${perJob("bytesOut")} out, ${perJob("memory")} bytes left`,
    );
    await Promise.all([api.dispose(), worker.dispose(), receiver.close()]);
  });

await measure("10 candidates", 10, false);
await measure("10,000 candidates, some 100 kB", 10_000, false);
await measure("10 candidates and a webhook", 10, true);
process.exit();
