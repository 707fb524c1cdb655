import type { MasterGuide } from "./master-connector.ts";
import type { RedisAddress } from "./redis-url.ts";

/** A master by the name that Sentinels watch it under. */
export const askSentinel =
  (masterName: string): MasterGuide["ask"] =>
  async (client) => {
    const reply = (await client.call("SENTINEL", "get-master-addr-by-name", masterName)) as
      | [string, string]
      | null;
    return { master: reply && { host: reply[0], port: Number(reply[1]) }, peers: [] };
  };

/** A range of slots as `CLUSTER SLOTS` tells it: its first, its last, its master, its replicas. */
type SlotRange = [from: number, to: number, ...nodes: SlotNode[]];
type SlotNode = [host: string | null, port: number, ...more: unknown[]];

/** The node of a Cluster that has the slot of these keys. */
export const askCluster =
  (keyPrefix: string): MasterGuide["ask"] =>
  async (client, asked) => {
    const [slot, ranges] = await Promise.all([
      client.cluster("KEYSLOT", keyPrefix),
      client.cluster("SLOTS") as Promise<unknown> as Promise<SlotRange[]>,
    ]);
    // A node that does not know its own host leaves it out.
    const toAddress = ([host, port]: SlotNode): RedisAddress => ({
      host: host || asked.host,
      port,
    });
    const nodesOf = ([, , ...nodes]: SlotRange) => nodes.map(toAddress);
    const range = ranges.find(([from, to]) => from <= slot && slot <= to);
    return { master: (range && nodesOf(range)[0]) ?? null, peers: ranges.flatMap(nodesOf) };
  };
