/**
 * Clients that wait for their jobs by `Prefer: wait`, all at once in one API process, while jobs end at a steady rate: whether all are answered, how
 * soon after their job's end, and what a client that waits costs the process. What it costs beyond its connection is seen beside as many
 * connections on which nothing happens.
 *
 * node test/bench/waiters.ts [clients] [jobs ending a second]
 */
import { readdir } from "node:fs/promises";
import { DEFAULT_KEY_PREFIX, redisKeys } from "@semblance/shared/redis/keys";
import type { Redis } from "ioredis";
import { type AppProcess, startAppProcess } from "../support/app-process.ts";
import { eventually } from "../support/eventually.ts";
import type { HeldBytes } from "../support/memory-probe.ts";
import { ask } from "./ask.ts";
import { listCounts } from "./load/counts.ts";
import { percentile } from "./percentile.ts";
import { LOOP_PROBE, readLoopDelay } from "./read-loop-delay.ts";
import { readMemory } from "./read-memory.ts";
import { ROOMY, serviceEnv } from "./services.ts";
import { startLoad } from "./start-load.ts";
import { submissionOf } from "./submission-of.ts";
import { withRedis } from "./with-redis.ts";

const CLIENTS = Number(process.argv[2] ?? 2_000);
const ENDS_PER_SECOND = Number(process.argv[3] ?? 200);
const SUBMISSIONS_PER_SECOND = 250;
const WAIT_S = 30;
const IDLE_S = 5;
/** No measure of speed. */
const LIMIT_MS = 60_000;

const MEMORY_PROBE = ["--import", new URL("../support/memory-probe.ts", import.meta.url).href];
const queued = redisKeys(DEFAULT_KEY_PREFIX).queuePrioritized;
const body = JSON.stringify(submissionOf(10));

const countDescriptors = async ({ pid }: AppProcess) => (await readdir(`/proc/${pid}/fd`)).length;

/** What the process holds, and what it takes of the machine. */
interface Footprint {
  heldBytes: number;
  residentMib: number;
  descriptors: number;
  /** While no worker runs. */
  redisConnections: number;
}

const readFootprint = async (api: AppProcess, redis: Redis): Promise<Footprint> => {
  const { bytes: heldBytes } = await ask<HeldBytes>(api, "held-bytes");
  return {
    heldBytes,
    residentMib: await readMemory(api),
    descriptors: await countDescriptors(api),
    // But this script's own.
    redisConnections: ((await redis.client("LIST")) as string).trim().split("\n").length - 1,
  };
};

const KIB = 1_024;

const describe = ({ heldBytes, residentMib, descriptors, redisConnections }: Footprint) =>
  `${(heldBytes / KIB / KIB).toFixed(1)} MiB held, ${residentMib.toFixed(1)} MiB resident, ${descriptors} descriptors, ${redisConnections} connections to Redis`;

const tell = (title: string, text: string) => console.log(`${title.padEnd(30)} ${text}`);

const tellCost = (title: string, before: Footprint, after: Footprint) => {
  const held = (after.heldBytes - before.heldBytes) / CLIENTS / KIB;
  const resident = ((after.residentMib - before.residentMib) * KIB) / CLIENTS;
  tell(title, `${held.toFixed(1)} KiB held, ${resident.toFixed(1)} KiB resident`);
};

const load = await startLoad();

/** Lets clients wait, and their jobs end once they all do. */
const wait = async (api: AppProcess, redis: Redis, redisUrl: string, whileAllWait: () => Promise<void>) => {
  const answered = load.put({
    kind: "waiting",
    url: api.url,
    body,
    clients: CLIENTS,
    perSecond: SUBMISSIONS_PER_SECOND,
    waitS: WAIT_S,
  });
  const areQueued = async () => ((await redis.zcard(queued)) === CLIENTS ? true : undefined);
  await eventually("all jobs are queued", areQueued, LIMIT_MS);
  await whileAllWait();
  const env = { ...serviceEnv(redisUrl), JOBS_PER_SECOND: String(ENDS_PER_SECOND) };
  const worker = await startAppProcess("test/bench/paced-worker.ts", env);
  return answered.finally(worker.dispose);
};

const waitForDescriptors = (what: string, api: AppProcess, holds: (count: number) => boolean) =>
  eventually(what, async () => (holds(await countDescriptors(api)) ? true : undefined), LIMIT_MS);

const run = async (api: AppProcess, redis: Redis, redisUrl: string) => {
  const base = await countDescriptors(api);
  // A first time without being looked at: what a process needs once is no client's.
  await wait(api, redis, redisUrl, async () => undefined);
  // The connection that waits for events goes when nobody has listened for a while.
  await waitForDescriptors("connections are closed", api, (count) => count <= base);

  const before = await readFootprint(api, redis);
  tell("before", describe(before));
  const idling = load.put({ kind: "idle", url: api.url, connections: CLIENTS, seconds: IDLE_S });
  await waitForDescriptors("connections are open", api, (count) => count >= base + CLIENTS);
  const idle = await readFootprint(api, redis);
  tell(`${CLIENTS} idle connections`, describe(idle));
  tellCost("  each", before, idle);
  await idling;
  await waitForDescriptors("connections are closed", api, (count) => count <= base);

  const between = await readFootprint(api, redis);
  tell("between", describe(between));
  const { answers, endedAtMs, lateMs } = await wait(api, redis, redisUrl, async () => {
    const waiting = await readFootprint(api, redis);
    tell(`${CLIENTS} waiting`, describe(waiting));
    tellCost("  each", between, waiting);
    await readLoopDelay(api);
  });
  const { p99Ms, maxMs } = await readLoopDelay(api);
  const late = [0.5, 0.95, 0.99, 1].map((share) => percentile(lateMs, share));
  const endsS = (Math.max(...endedAtMs) - Math.min(...endedAtMs)) / 1_000;
  tell("answered", listCounts(answers));
  tell("jobs ended", `${((endedAtMs.length - 1) / endsS).toFixed(1)} a second`);
  tell("after the job's end", `p50, p95, p99, max: ${late.join(", ")} ms`);
  tell("the API's event loop", `p99, max: ${p99Ms.toFixed(1)}, ${maxMs.toFixed(1)} ms`);
  await waitForDescriptors("connections are closed", api, (count) => count <= base);
  tell("after", describe(await readFootprint(api, redis)));
  if (answers["200 succeeded"] !== CLIENTS) process.exitCode = 1;
};

try {
  await withRedis(async (redisUrl, redis) => {
    const env = { ...serviceEnv(redisUrl), ...ROOMY };
    const api = await startAppProcess("apps/api/src/main.ts", env, [...LOOP_PROBE, ...MEMORY_PROBE]);
    try {
      await run(api, redis, redisUrl);
    } finally {
      await api.dispose();
    }
  });
} finally {
  await load.dispose();
}
