import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findFreePort } from "../../scripts/redis/find-free-port.ts";
import { findRedisBinary } from "../../scripts/redis/find-redis-binary.ts";
import { type RedisServer, startRedisServer } from "../../scripts/redis-server.ts";
import { askRedis } from "./ask-redis.ts";
import { eventually } from "./eventually.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";

const MASTER_NAME = "semblance";
const SENTINELS = 3;
const QUORUM = 2;
const REPLICAS = 2;
const DOWN_AFTER_MS = 1_000;

/** A master with replicas, watched by three Sentinels. */
export interface SentinelGroup {
  url: string;
  servers: RedisServer[];
  /** The port of the master that all Sentinels name; not known while they differ. */
  masterPort: () => Promise<number | undefined>;
  stop: () => Promise<void>;
}

const startSentinel = async (folder: string, masterPort: number) => {
  const port = await findFreePort();
  const file = join(folder, `sentinel-${port}.conf`);
  await writeFile(
    file,
    [
      `port ${port}`,
      "bind 127.0.0.1",
      `dir ${folder}`,
      `sentinel monitor ${MASTER_NAME} 127.0.0.1 ${masterPort} ${QUORUM}`,
      `sentinel down-after-milliseconds ${MASTER_NAME} ${DOWN_AFTER_MS}`,
      `sentinel failover-timeout ${MASTER_NAME} 5000`,
      `sentinel parallel-syncs ${MASTER_NAME} ${REPLICAS}`,
    ].join("\n"),
  );
  const child = spawn(await findRedisBinary(), [file, "--sentinel"], { stdio: "ignore" });
  const exited = once(child, "exit");
  return {
    port,
    stop: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
};

const readMasterPort = (sentinelPort: number): Promise<number> =>
  askRedis(sentinelPort, async (sentinel) => {
    const reply = await sentinel.call("SENTINEL", "get-master-addr-by-name", MASTER_NAME);
    return Number((reply as [string, string])[1]);
  });

const countReplicas = (port: number): Promise<number> =>
  askRedis(port, async (redis) => Number(/connected_slaves:(\d+)/.exec(await redis.info("replication"))![1]));

export const startSentinelGroup = async (): Promise<SentinelGroup> => {
  const folder = await createTemporaryFolder();
  const start = (name: string, settings: string[] = []) =>
    startRedisServer({
      dir: join(folder.path, name),
      appendOnly: true,
      settings: ["--repl-diskless-sync-delay", "0", ...settings],
    });
  const master = await start("master");
  const replicas = await Promise.all(
    Array.from({ length: REPLICAS }, (_, index) =>
      start(`replica-${index}`, ["--replicaof", "127.0.0.1", String(master.port)]),
    ),
  );
  await eventually("all replicas", async () =>
    (await countReplicas(master.port)) === REPLICAS ? true : undefined,
  );
  const sentinelFolder = join(folder.path, "sentinels");
  await mkdir(sentinelFolder);
  const sentinels = await Promise.all(
    Array.from({ length: SENTINELS }, () => startSentinel(sentinelFolder, master.port)),
  );
  const ports = sentinels.map(({ port }) => port);
  // Each must know of the others and of the replicas before it can replace a master.
  await eventually("Sentinels that know each other", async () => {
    const views = await Promise.all(
      ports.map((port) =>
        askRedis(port, (sentinel) => sentinel.call("SENTINEL", "master", MASTER_NAME)).catch(() => []),
      ),
    );
    const isWhole = (view: unknown) => {
      const fields = view as string[];
      const read = (name: string) => fields[fields.indexOf(name) + 1];
      return read("num-slaves") === String(REPLICAS) && read("num-other-sentinels") === String(SENTINELS - 1);
    };
    return views.every(isWhole) ? true : undefined;
  });
  return {
    url: `redis+sentinel://${ports.map((port) => `127.0.0.1:${port}`).join(",")}/${MASTER_NAME}`,
    servers: [master, ...replicas],
    masterPort: async () => {
      const named = await Promise.all(ports.map(readMasterPort));
      return named.every((port) => port === named[0]) ? named[0] : undefined;
    },
    stop: async () => {
      await Promise.all(sentinels.map((sentinel) => sentinel.stop()));
      await Promise.all([master, ...replicas].map((server) => server.stop()));
      await folder.remove();
    },
  };
};
