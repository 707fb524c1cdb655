import { join } from "node:path";
import { findFreePort } from "../../scripts/redis/find-free-port.ts";
import { type RedisServer, startRedisServer } from "../../scripts/redis-server.ts";
import { askRedis } from "./ask-redis.ts";
import { eventually } from "./eventually.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";

const SLOTS = 16_384;
const MASTERS = 3;
const REPLICAS = 2;
const NODE_TIMEOUT_MS = 2_000;

/** Three masters that share the slots. */
export interface RedisCluster {
  url: string;
  servers: RedisServer[];
  /** The port of the node that has the slot of these keys, as all others see it; not yet known when they differ. */
  ownerPort: (keyPrefix: string) => Promise<number | undefined>;
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

const readOwner = (port: number, keyPrefix: string): Promise<number> =>
  askRedis(port, async (redis) => {
    const slot = await redis.cluster("KEYSLOT", keyPrefix);
    const ranges = await redis.cluster("SLOTS");
    return ranges.find(([from, to]) => from <= slot && slot <= to)![2]![1];
  });

/** Makes nodes that are new in the Cluster replicas of one that is not, and waits until they have its data. */
const replicate = async (nodes: Node[], masterPort: number) => {
  const masterId = await askRedis(masterPort, (redis) => redis.cluster("MYID"));
  for (const { server } of nodes) {
    // It must have heard of its master first.
    await eventually("a replica", () =>
      askRedis(server.port, (redis) => redis.cluster("REPLICATE", masterId)).catch(() => undefined),
    );
    await eventually("its data", async () =>
      (await askRedis(server.port, (redis) => redis.info("replication"))).includes("master_link_status:up")
        ? true
        : undefined,
    );
  }
};

/** @param replicated keys whose node is to have two replicas */
export const startRedisCluster = async (replicated?: string): Promise<RedisCluster> => {
  const folder = await createTemporaryFolder();
  const count = MASTERS + (replicated === undefined ? 0 : REPLICAS);
  const nodes = await Promise.all(
    Array.from({ length: count }, (_, index) => startNode(join(folder.path, `${index}`))),
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
  if (replicated !== undefined) {
    await replicate(nodes.slice(MASTERS), await readOwner(nodes[0]!.server.port, replicated));
  }
  const servers = nodes.map(({ server }) => server);
  return {
    url: `redis+cluster://${servers.map(({ port }) => `127.0.0.1:${port}`).join(",")}`,
    servers,
    ownerPort: async (keyPrefix) => {
      const views = await Promise.all(
        servers.map(({ port }) => readOwner(port, keyPrefix).catch(() => undefined)),
      );
      const known = views.filter((view) => view !== undefined);
      return known.every((view) => view === known[0]) ? known[0] : undefined;
    },
    stop: async () => {
      await Promise.all(servers.map((server) => server.stop()));
      await folder.remove();
    },
  };
};
