import { setTimeout as delay } from "node:timers/promises";
import { talkToRedis } from "../../scripts/redis/talk-to-redis.ts";
import { startRedisServer } from "../../scripts/redis-server.ts";

const ANSWER_LIMIT_MS = 10_000;
const PORT_ATTEMPTS = 20;

/** A Redis that keeps its data and its port through whatever is done to it. */
export interface SoakRedis {
  url: string;
  restart: (signal: "SIGTERM" | "SIGKILL") => Promise<void>;
  /** Stops its process in the middle of whatever it does, connections open. */
  freeze: (durationMs: number) => Promise<void>;
  /** Makes every write fail that needs memory. */
  exhaustMemory: (durationMs: number) => Promise<void>;
  stop: () => Promise<void>;
}

/** Below those that outgoing connections are given, any of which could take the port while Redis restarts. */
const findPort = async (): Promise<number> => {
  for (let attempt = 1; attempt <= PORT_ATTEMPTS; attempt += 1) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    if ((await talkToRedis(port, ["QUIT"], ANSWER_LIMIT_MS).catch(() => "taken")) === undefined) return port;
  }
  throw new Error(`no free port for Redis in ${PORT_ATTEMPTS} attempts`);
};

/** @param signal cuts faults short */
export const startSoakRedis = async (dir: string, signal: AbortSignal): Promise<SoakRedis> => {
  const port = await findPort();
  // Flushed at each write: else a kill may cost what Redis has answered already.
  const start = () => startRedisServer({ dir, port, appendOnly: true, appendFsync: "always" });
  let server = await start();

  const thaw = () => process.kill(server.pid, "SIGCONT");
  const wait = (durationMs: number) => delay(durationMs, undefined, { signal });
  const configureMemory = (maxmemory: string) =>
    talkToRedis(port, [`CONFIG SET maxmemory ${maxmemory}`, "QUIT"], ANSWER_LIMIT_MS);

  return {
    url: server.url,
    restart: async (endSignal) => {
      process.kill(server.pid, endSignal);
      await server.stop();
      server = await start();
    },
    freeze: async (durationMs) => {
      // A frozen process gets no SIGTERM, so not even the end of this one may leave it so.
      process.once("exit", thaw);
      process.kill(server.pid, "SIGSTOP");
      try {
        await wait(durationMs);
      } finally {
        thaw();
        process.off("exit", thaw);
      }
    },
    exhaustMemory: async (durationMs) => {
      try {
        await configureMemory("1mb");
        await wait(durationMs);
      } finally {
        await configureMemory("0");
      }
    },
    stop: () => server.stop(),
  };
};
