import { join } from "node:path";
import { findFreePort } from "../../scripts/redis/find-free-port.ts";
import { type RedisServer, startRedisServer } from "../../scripts/redis-server.ts";
import { askRedis } from "./ask-redis.ts";
import { eventually } from "./eventually.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";

const SLOTS = 16_384;
const MASTERS = 3;
const NODE_TIMEOUT_MS = 2_000;

/** Three masters that share the slots. */
export interface RedisCluster {
  url: string;
  servers: RedisServer[];
  /** The port of the node that owns the slot of these keys, as another one sees it. */
  ownerPort: (keyPrefix: string, seenFrom?: number) => Promise<number>;
  stop: () => Promise<void>;
}

interface Node {
  server: RedisServer;
  busPort: number;
}

const startNode = async (dir: string): Promise<Node> => {
  const busPort = await findFreePort();
  const settings = [
    ...["--cluster-enabled", "yes", "--cluster-port", String(busPort)],
    ...["--cluster-node-timeout", String(NODE_TIMEOUT_MS), "--repl-diskless-sync-delay", "0"],
  ];
  return { server: await startRedisServer({ dir, appendOnly: true, settings }), busPort };
};

const untilWhole = (nodes: Node[]) =>
  eventually("a whole Cluster", async () => {
    const infos = await Promise.all(
      nodes.map(({ server }) => askRedis(server.port, (redis) => redis.cluster("INFO"))),
    );
    const isWhole = (info: string) =>
      info.includes("cluster_state:ok") && info.includes(`cluster_known_nodes:${nodes.length}`);
    return infos.every(isWhole) ? true : undefined;
  });

/** @param replicas of each master */
export const startRedisCluster = async ({ replicas = 0 } = {}): Promise<RedisCluster> => {
  const folder = await createTemporaryFolder();
  const nodes = await Promise.all(
    Array.from({ length: MASTERS * (1 + replicas) }, (_, index) => startNode(join(folder.path, `${index}`))),
  );
  const ids = await Promise.all(
    nodes.map(({ server }) => askRedis(server.port, (redis) => redis.cluster("MYID"))),
  );
  for (const [index, { server }] of nodes.entries()) {
    await askRedis(server.port, async (redis) => {
      await redis.call("CLUSTER", "SET-CONFIG-EPOCH", index + 1);
      const [from, to] = [index, index + 1].map((part) => Math.ceil((part * SLOTS) / MASTERS));
      if (index < MASTERS) await redis.call("CLUSTER", "ADDSLOTSRANGE", from!, to! - 1);
      const { server: first, busPort } = nodes[0]!;
      if (index > 0) await redis.call("CLUSTER", "MEET", "127.0.0.1", first.port, busPort);
    });
  }
  await untilWhole(nodes);
  for (const [index, { server }] of nodes.entries()) {
    if (index < MASTERS) continue;
    // It must have heard of its master first.
    await eventually("a replica", () =>
      askRedis(server.port, (redis) => redis.cluster("REPLICATE", ids[index % MASTERS]!)).catch(
        () => undefined,
      ),
    );
    await eventually("its data", async () =>
      (await askRedis(server.port, (redis) => redis.info("replication"))).includes("master_link_status:up")
        ? true
        : undefined,
    );
  }
  const servers = nodes.map(({ server }) => server);
  return {
    url: `redis+cluster://${servers.map(({ port }) => `127.0.0.1:${port}`).join(",")}`,
    servers,
    ownerPort: (keyPrefix, seenFrom = servers[0]!.port) =>
      askRedis(seenFrom, async (redis) => {
        const slot = await redis.cluster("KEYSLOT", keyPrefix);
        const ranges = await redis.cluster("SLOTS");
        return ranges.find(([from, to]) => from <= slot && slot <= to)![2]![1];
      }),
    stop: async () => {
      await Promise.all(servers.map((server) => server.stop()));
      await folder.remove();
    },
  };
};
