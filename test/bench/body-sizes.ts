/**
 * What bodies of 1 KB, 100 KB, 1 MB and 10 MB cost the event loops, submitted by four clients as fast as they are accepted, from another process;
 * and how long `/healthz` is without an answer meanwhile. Beside our API and worker: a process that does nothing, a server that only reads bodies,
 * and the same job done by those that teams write by hand. What is queued is done before the next size begins.
 *
 * node test/bench/body-sizes.ts [how many megabytes of each size]
 */
import { setTimeout as delay } from "node:timers/promises";
import { startAppProcess } from "../support/app-process.ts";
import { cityNames } from "../support/city-names.ts";
import { call } from "./load/call.ts";
import type { LoopDelay } from "./loop-probe.ts";
import { percentile } from "./percentile.ts";
import { LOOP_PROBE, readLoopDelay } from "./read-loop-delay.ts";
import { RIVALS, ROOMY, type Service, services, withService } from "./services.ts";
import { startLoad } from "./start-load.ts";
import { waitForCompleted } from "./wait-for-completed.ts";

const MEGABYTES = Number(process.argv[2] ?? 200);
const CLIENTS = 4;
const BODIES_MAX = 2_000;
const HEALTH_PAUSE_MS = 5;
const SIZES = { "1 KB": 1_000, "100 KB": 100_000, "1 MB": 1_000_000, "10 MB": 10_000_000 };

const names = cityNames();
/** Names, joined to longer ones where there would be too many. */
const bodyOf = (bytes: number): string => {
  const joined = bytes > 1_000_000 ? 9 : 1;
  const submission = { query: "Sankt Peterburg", metric: "levenshtein", top_n: 10 };
  const candidates: string[] = [];
  for (let length = 100, index = 0; length < bytes; index += 1) {
    const city = (offset: number) => names[(index * 7 + offset * 5_003) % names.length];
    const candidate = Array.from({ length: joined }, (_, offset) => city(offset)).join(", ");
    length += Buffer.byteLength(JSON.stringify(candidate)) + 1;
    if (length < bytes) candidates.push(candidate);
  }
  return JSON.stringify({ ...submission, candidates });
};

const variants: Record<string, Service> = {
  "reads bodies only": { api: `${RIVALS}/reads-only.ts` },
  ...services,
};

const load = await startLoad();
const idle = await startAppProcess("test/bench/idle-process.ts", {}, LOOP_PROBE);

/** Asks all the time until it is told to stop. */
const askHealth = (url: string) => {
  const healthMs: number[] = [];
  let isOver = false;
  const asking = (async () => {
    while (!isOver) {
      const startedAtMs = performance.now();
      await call(`${url}/healthz`);
      healthMs.push(performance.now() - startedAtMs);
      await delay(HEALTH_PAUSE_MS);
    }
  })();
  const stop = async () => {
    isOver = true;
    await asking;
    return healthMs;
  };
  return { stop };
};

const number = (value: number) => value.toFixed(1).padStart(8);
const spread = ({ p50Ms, p99Ms, maxMs }: LoopDelay) => `${number(p50Ms)} ${number(p99Ms)} ${number(maxMs)}`;

try {
  console.log(`${"".padEnd(46)} accepted/s      p50      p99      max, ms`);
  for (const [title, service] of Object.entries(variants)) {
    await withService(service, { env: ROOMY, nodeFlags: LOOP_PROBE }, async ({ api, worker, redis }) => {
      let done = 0;
      const submit = async (body: string, jobs: number) => {
        const { accepted } = await load.put({ kind: "closed", url: api.url, body, clients: CLIENTS, jobs });
        if (accepted !== jobs) throw new Error(`${accepted} of ${jobs} were accepted`);
        done += jobs;
      };
      const settle = async () => {
        if (service.completedKey) {
          await waitForCompleted(redis, { completedKey: service.completedKey, count: done, pauseMs: 20 });
        }
      };
      await submit(bodyOf(SIZES["1 KB"]), 500);
      await settle();
      for (const [size, bytes] of Object.entries(SIZES)) {
        const apps = worker
          ? { API: api, worker, "idle process": idle }
          : { server: api, "idle process": idle };
        for (const app of Object.values(apps)) await readLoopDelay(app);
        const body = bodyOf(bytes);
        const jobs = Math.min(BODIES_MAX, Math.ceil((MEGABYTES * 1_000_000) / bytes));
        const health = askHealth(api.url);
        const startedAtMs = performance.now();
        await submit(body, jobs);
        const perSecond = (jobs * 1_000) / (performance.now() - startedAtMs);
        const healthMs = await health.stop();
        console.log(`${title}, ${size}`.padEnd(46), number(perSecond));
        for (const [name, app] of Object.entries(apps)) {
          console.log(`  event loop, ${name}`.padEnd(57), spread(await readLoopDelay(app)));
        }
        const p50Ms = percentile(healthMs, 0.5);
        const healthSpread = { p50Ms, p99Ms: percentile(healthMs, 0.99), maxMs: Math.max(...healthMs) };
        console.log("  /healthz".padEnd(57), spread(healthSpread));
        await settle();
      }
    });
  }
} finally {
  await load.dispose();
  await idle.dispose();
}
