/**
 * What large bodies cost the event loops: 10 MB each, 5 a second, from another process, while `/healthz` is asked all the time. Beside our API
 * and worker: a process that does nothing, a server that only reads bodies, and the same job done by those that teams write by hand.
 *
 * node test/bench/large-bodies.ts [seconds for each]
 */
import { startAppProcess } from "../support/app-process.ts";
import { cityNames } from "../support/city-names.ts";
import { listCounts } from "./load/counts.ts";
import type { LoopDelay } from "./loop-probe.ts";
import { percentile } from "./percentile.ts";
import { LOOP_PROBE, readLoopDelay } from "./read-loop-delay.ts";
import { readMemory } from "./read-memory.ts";
import { RIVALS, ROOMY, type RunningService, type Service, services, withService } from "./services.ts";
import { startLoad } from "./start-load.ts";
import { submissionOf } from "./submission-of.ts";

const SECONDS = Number(process.argv[2] ?? 20);
const PER_SECOND = 5;
const WARM_UP_SECONDS = 2;
const BODY_BYTES = 10_000_000;
const CANDIDATES = 90_000;
const SMALL_JOBS = 3_000;
const BODIES = 200;
const BODY_CLIENTS = 4;
const LOOK_MS = 20;

const names = cityNames();
/** Long names, so that they are some 10 MB: nine cities each. */
const candidates = Array.from({ length: CANDIDATES }, (_, index) => {
  const city = (offset: number) => names[(index * 7 + offset * 5_003) % names.length];
  return [0, 1, 2, 3, 4, 5, 6, 7, 8].map(city).join(", ");
});
const submission = { query: "Sankt Peterburg", candidates, metric: "levenshtein", top_n: 10 };
const trimmed = () => {
  const bytesEach = Buffer.byteLength(JSON.stringify(candidates)) / candidates.length;
  return JSON.stringify({
    ...submission,
    candidates: candidates.slice(0, Math.min(CANDIDATES, Math.floor(BODY_BYTES / bytesEach))),
  });
};
const body = trimmed();

const variants: Record<string, Service> = {
  "reads bodies only": { api: `${RIVALS}/reads-only.ts` },
  ...services,
};

const ms = (value: number) => value.toFixed(1).padStart(8);
const row = (title: string, { p50Ms, p99Ms, maxMs }: LoopDelay) =>
  console.log(`  ${title.padEnd(34)} ${ms(p50Ms)} ${ms(p99Ms)} ${ms(maxMs)}`);

const load = await startLoad();
const idle = await startAppProcess("test/bench/idle-process.ts", {}, LOOP_PROBE);
const put = (url: string, seconds: number) =>
  load.put({ kind: "steady", url, body, perSecond: PER_SECOND, seconds });

const tellMemory = async ({ api, worker }: RunningService, when: string): Promise<void> => {
  const [apiMib, workerMib] = [await readMemory(api), await readMemory(worker!)];
  console.log(`  ${when.padEnd(34)} API ${apiMib.toFixed(0)} MiB, worker ${workerMib.toFixed(0)} MiB`);
};

/** Resident memory of our processes: when small jobs have warmed them up, under bodies as fast as they are accepted, and after them. */
const measureMemory = async (running: RunningService): Promise<void> => {
  const { api } = running;
  const closed = { kind: "closed", url: api.url } as const;
  await load.put({ ...closed, body: JSON.stringify(submissionOf(10)), clients: 8, jobs: SMALL_JOBS });
  console.log(`\n${BODIES} bodies, ${BODY_CLIENTS} at a time`);
  await tellMemory(running, `after ${SMALL_JOBS} small jobs`);
  let mostMib = 0;
  const looking = setInterval(() => {
    void readMemory(api).then((mib) => {
      mostMib = Math.max(mostMib, mib);
    });
  }, LOOK_MS);
  const { accepted } = await load.put({ ...closed, body, clients: BODY_CLIENTS, jobs: BODIES });
  clearInterval(looking);
  console.log(`  ${"at the most meanwhile".padEnd(34)} API ${mostMib.toFixed(0)} MiB; ${accepted} accepted`);
  await tellMemory(running, "after them");
};

try {
  console.log(
    `${SECONDS} s of ${PER_SECOND} bodies a second, ${Buffer.byteLength(body)} bytes each; in ms\n\n  ${"".padEnd(34)}      p50      p99      max`,
  );
  for (const [title, service] of Object.entries(variants)) {
    await withService(service, { nodeFlags: LOOP_PROBE }, async ({ api, worker }) => {
      const apps = worker
        ? { API: api, worker, "idle process": idle }
        : { server: api, "idle process": idle };
      await put(api.url, WARM_UP_SECONDS);
      for (const app of Object.values(apps)) await readLoopDelay(app);
      const before = await readMemory(api);
      const { accepted, refused, healthMs } = await put(api.url, SECONDS);
      const memory = await readMemory(api);
      console.log(
        `${title}: ${accepted} accepted, refused: ${listCounts(refused)}; ${before.toFixed(0)} to ${memory.toFixed(0)} MiB`,
      );
      for (const [name, app] of Object.entries(apps)) row(`event loop, ${name}`, await readLoopDelay(app));
      row("/healthz", {
        p50Ms: percentile(healthMs, 0.5),
        p99Ms: percentile(healthMs, 0.99),
        maxMs: Math.max(...healthMs),
      });
    });
  }
  await withService(services.Semblance, { env: ROOMY }, measureMemory);
} finally {
  await load.dispose();
  await idle.dispose();
}
