import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type RedisServer, startRedisServer } from "../../scripts/redis-server.ts";
import { askRedis } from "../support/ask-redis.ts";
import { eventually } from "../support/eventually.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

let server: RedisServer;
let remove: () => Promise<void>;

beforeAll(async () => {
  const folder = await createTemporaryFolder();
  remove = folder.remove;
  server = await startRedisServer({ dir: folder.path, appendOnly: false });
});

afterAll(async () => {
  await server.stop();
  await remove();
});

const setPolicy = (policy: string) =>
  askRedis(server.port, (redis) => redis.config("SET", "maxmemory-policy", policy));

/** A process of the product, with all that it writes. */
const start = (app: "api" | "worker", env: Record<string, string>) => {
  const child = spawn(process.execPath, [`apps/${app}/src/main.ts`], {
    env: { PATH: process.env["PATH"], PORT: "0", REDIS_URL: server.url, ...env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let written = "";
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      written += text;
    });
  }
  const ended = once(child, "close").then(([code]) => code as number);
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return { ready: once(child, "message"), ended, written: () => written };
};

const TROUBLE = "Redis may drop accepted jobs: its maxmemory-policy is allkeys-lru, and must be noeviction";

test.each(["api", "worker"] as const)(
  "the %s complains of a Redis that may drop jobs, and of one that keeps nothing",
  async (app) => {
    await setPolicy("allkeys-lru");
    const { written } = start(app, {});
    const logged = (level: number, text: string) =>
      eventually(text, () =>
        written()
          .split("\n")
          .some((line) => line.startsWith(`{"level":${level},`) && line.includes(text))
          ? true
          : undefined,
      );
    await logged(50, TROUBLE);
    await logged(40, "Redis keeps no append-only file");
  },
);

test.each(["api", "worker"] as const)(
  "with REDIS_STRICT the %s does not start with such a Redis, and says why",
  async (app) => {
    await setPolicy("allkeys-lru");
    const { ended, written } = start(app, { REDIS_STRICT: "true" });
    expect(await ended).toBe(1);
    expect(written()).toContain(`semblance ${app}: cannot start: ${TROUBLE}\n`);
  },
);

test.each(["api", "worker"] as const)(
  "with REDIS_STRICT the %s ends when such a Redis takes the place of a good one",
  async (app) => {
    await setPolicy("noeviction");
    const { ready, ended, written } = start(app, { REDIS_STRICT: "true" });
    await ready;
    await setPolicy("allkeys-lru");
    await askRedis(server.port, (redis) => redis.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"));
    expect(await ended).toBe(1);
    expect(written()).toContain(TROUBLE);
  },
);
