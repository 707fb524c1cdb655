/**
 * What large bodies cost the event loops: 10 MB each, 5 a second, from another process, while `/healthz` is asked all the time. Beside our API
 * and worker: a process that does nothing, a server that only reads bodies, and the same job done by those that teams write by hand.
 *
 * node test/bench/large-bodies.ts [seconds for each]
 */
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startRedisServer } from "../../scripts/redis-server.ts";
import { type AppProcess, startAppProcess } from "../support/app-process.ts";
import { cityNames } from "../support/city-names.ts";
import type { LoadReport, SteadyLoad } from "./load-process.ts";
import type { LoopDelay } from "./loop-probe.ts";
import { percentile } from "./percentile.ts";

const SECONDS = Number(process.argv[2] ?? 20);
const PER_SECOND = 5;
const WARM_UP_SECONDS = 2;
const BODY_BYTES = 10_000_000;
const CANDIDATES = 90_000;
const PROBE = ["--import", new URL("./loop-probe.ts", import.meta.url).href];

const names = cityNames();
/** Long names, so that they are some 10 MB: six cities each. */
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

const ask = async <Answer>({ child }: AppProcess, message: unknown): Promise<Answer> => {
  const answered = once(child, "message");
  child.send(message as string);
  return ((await answered) as [Answer])[0];
};

const readLoopDelay = async (app: AppProcess) => (await ask<{ delay: LoopDelay }>(app, "loop-delay")).delay;

/** Resident, in MiB. */
const readMemory = async ({ pid }: AppProcess): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1_024;
};

const dir = await mkdtemp(join(tmpdir(), "semblance-bench-"));
const load = await startAppProcess("test/bench/load-process.ts", {});
const idle = await startAppProcess("test/bench/idle-process.ts", {}, PROBE);

const put = async (url: string, seconds: number): Promise<LoadReport> => {
  const order: SteadyLoad = { kind: "steady", url, body, perSecond: PER_SECOND, seconds };
  return (await ask<{ report: LoadReport }>(load, order)).report;
};

const ms = (value: number) => value.toFixed(1).padStart(8);
const row = (title: string, { p50Ms, p99Ms, maxMs }: LoopDelay) =>
  console.log(`  ${title.padEnd(34)} ${ms(p50Ms)} ${ms(p99Ms)} ${ms(maxMs)}`);

interface Variant {
  title: string;
  /** The first is the one that is asked; the others are looked at. */
  apps: (redisUrl: string) => Promise<[string, AppProcess][]>;
}

const start = async (title: string, entry: string, env: Record<string, string> = {}) =>
  [title, await startAppProcess(entry, env, PROBE)] as [string, AppProcess];

const RIVALS = "test/bench/rivals";
const variants: Variant[] = [
  { title: "reads bodies only", apps: async () => [await start("server", `${RIVALS}/reads-only.ts`)] },
  {
    title: "Semblance",
    apps: async (url) => {
      const env = { REDIS_URL: url, WORKER_CONCURRENCY: "2" };
      return [
        await start("API", "apps/api/src/main.ts", env),
        await start("worker", "apps/worker/src/main.ts", env),
      ];
    },
  },
  { title: "in the handler", apps: async () => [await start("server", `${RIVALS}/in-handler.ts`)] },
  { title: "a pool inside the service", apps: async () => [await start("server", `${RIVALS}/pool.ts`)] },
  {
    title: "BullMQ as its guide shows it",
    apps: async (url) => [
      await start("API", `${RIVALS}/bullmq-guide-api.ts`, { REDIS_URL: url }),
      await start("worker", `${RIVALS}/bullmq-guide-worker.ts`, { REDIS_URL: url }),
    ],
  },
];

try {
  console.log(
    `${SECONDS} s of ${PER_SECOND} bodies a second, ${Buffer.byteLength(body)} bytes each; in ms\n\n  ${"".padEnd(34)}      p50      p99      max`,
  );
  for (const { title, apps } of variants) {
    const redis = await startRedisServer({ dir: join(dir, title), appendOnly: false });
    const running = await apps(redis.url);
    const [, asked] = running[0]!;
    try {
      await put(asked.url, WARM_UP_SECONDS);
      for (const [, app] of [...running, ["", idle] as const]) await readLoopDelay(app);
      const before = await readMemory(asked);
      const { accepted, refused, healthMs } = await put(asked.url, SECONDS);
      const memory = await readMemory(asked);
      console.log(
        `${title}: ${accepted} accepted, ${refused} refused; ${before.toFixed(0)} to ${memory.toFixed(0)} MiB`,
      );
      for (const [name, app] of running) row(`event loop, ${name}`, await readLoopDelay(app));
      row("event loop, idle process", await readLoopDelay(idle));
      row("/healthz", {
        p50Ms: percentile(healthMs, 0.5),
        p99Ms: percentile(healthMs, 0.99),
        maxMs: Math.max(...healthMs),
      });
    } finally {
      for (const [, app] of running) await app.dispose();
      await redis.stop();
    }
  }
} finally {
  await load.dispose();
  await idle.dispose();
  await rm(dir, { recursive: true, force: true });
}
