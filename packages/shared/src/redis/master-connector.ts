import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { Redis, type RedisOptions } from "ioredis";
import type { RedisAddress } from "./redis-url.ts";
import { connectorToServer, ServerConnector } from "./server-connector.ts";

export interface Whereabouts {
  master: RedisAddress | null;
  /** Others that may be asked where it is. */
  peers: RedisAddress[];
}

/** Who can be asked where the master is. */
export interface MasterGuide {
  servers: readonly RedisAddress[];
  /** What to connect to them with. */
  access: Pick<RedisOptions, "username" | "password" | "tls">;
  ask: (client: Redis, address: RedisAddress) => Promise<Whereabouts>;
}

class NoMasterError extends Error {
  override readonly name = "NoMasterError";
}

/** What one server may take to answer, its connection included. */
const ASK_LIMIT_MS = 1_000;
const ASK_AGAIN_MS = 250;

const isSame = (a: RedisAddress, b: RedisAddress) => a.host === b.host && a.port === b.port;

const askOne = async ({ access, ask }: MasterGuide, address: RedisAddress): Promise<Whereabouts> => {
  const client = new Redis({
    ...access,
    Connector: connectorToServer(address),
    // A Sentinel need not know any other.
    protocol: 2,
    connectTimeout: ASK_LIMIT_MS,
    commandTimeout: ASK_LIMIT_MS,
    retryStrategy: null,
    enableReadyCheck: false,
    disableClientInfo: true,
    lazyConnect: true,
  });
  let reason: unknown;
  client.on("error", (error) => {
    reason = error;
  });
  try {
    return await ask(client, address);
  } catch (error) {
    throw Object.assign((reason ?? error) as Error, { address: address.host, port: address.port });
  } finally {
    client.disconnect();
  }
};

/**
 * Leads a connection to the master of the moment: it is asked for each time that one is opened. So a single connection follows failovers, and
 * what is sent on it stays in order.
 */
class MasterConnector extends ServerConnector {
  readonly #guide: MasterGuide;
  #peers: RedisAddress[] = [];
  #turn = 0;

  constructor(guide: MasterGuide, options: RedisOptions) {
    super(options);
    this.#guide = guide;
  }

  /** Who named it may have been behind the times: then another is asked. */
  override check({ role }: { role?: string }): boolean {
    return role === undefined || role === "master";
  }

  /** @param emit told of errors while no server knows of a master */
  override async connect(emit: (type: string, error: Error) => void): Promise<Socket> {
    this.connecting = true;
    for (;;) {
      const master = await this.#find().catch((error: Error) => emit("error", error));
      if (master && this.connecting) return this.open(master);
      if (this.connecting) await delay(ASK_AGAIN_MS);
      if (!this.connecting) throw new Error("Connection is closed.");
    }
  }

  /** Asks one after another, and not the same one first each time. */
  async #find(): Promise<RedisAddress> {
    const { servers } = this.#guide;
    const known = [
      ...servers,
      ...this.#peers.filter((peer) => !servers.some((server) => isSame(server, peer))),
    ];
    const first = this.#turn++ % known.length;
    let trouble: unknown;
    for (const address of [...known.slice(first), ...known.slice(0, first)]) {
      try {
        const { master, peers } = await askOne(this.#guide, address);
        this.#peers = peers;
        if (master) return master;
      } catch (error) {
        trouble ??= error;
      }
    }
    throw trouble ?? new NoMasterError("no server knows of a master");
  }
}

/** For `Redis`' option `Connector`: always to whoever is the master. */
export const connectorToMaster = (guide: MasterGuide): NonNullable<RedisOptions["Connector"]> =>
  class extends MasterConnector {
    constructor(options: unknown) {
      super(guide, options as RedisOptions);
    }
  };
