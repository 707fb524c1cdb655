import type { RedisKeys } from "@semblance/shared/redis/keys";
import type { Redis } from "ioredis";
import { Problem } from "../problems/problem.ts";

export interface ReplicaWaitOptions {
  /** The one that jobs are added on. Sends nothing again by itself. */
  redis: Redis;
  keys: RedisKeys;
  replicas: number;
  timeoutMs: number;
}

/** Where what was written has gone. Another connection may lead to another server. */
type Socket = Redis["stream"];

const RETRY_S = 2;

const notReplicated = () =>
  new Problem("store-unavailable", {
    detail: "Too few replicas of Redis have the job. It may have been accepted all the same.",
    retryAfterS: RETRY_S,
  });

/**
 * Waits until replicas have what was written (`WAIT`). A connection that waits does nothing else meanwhile, so whoever comes while it does
 * waits for the next time, together with all others who do.
 */
export class ReplicaWait {
  readonly #options: ReplicaWaitOptions;
  #current: Promise<Socket> | undefined;
  #next: Promise<Socket> | undefined;

  constructor(options: ReplicaWaitOptions) {
    this.#options = options;
  }

  /** To be taken before the first write that is to be waited for. */
  get socket(): Socket {
    return this.#options.redis.stream;
  }

  /**
   * Resolves when enough replicas have what was written to this socket, and answered there.
   *
   * @throws {Problem} `store-unavailable` when they have not in time, or the connection was lost
   */
  async confirm(socket: Socket): Promise<void> {
    this.#next ??= this.#follow();
    if ((await this.#next) !== socket) throw notReplicated();
  }

  /** When replicas are away, those who wait behind others are not to wait twice as long. */
  async #follow(): Promise<Socket> {
    try {
      await this.#current;
    } finally {
      this.#next = undefined;
    }
    this.#current = this.#wait().finally(() => {
      this.#current = undefined;
    });
    return this.#current;
  }

  /** @returns where it was waited */
  async #wait(): Promise<Socket> {
    const { redis, keys, replicas, timeoutMs } = this.#options;
    const { socket } = this;
    // Redis waits for this connection's own last write, and an idempotent replay wrote nothing.
    const [, acknowledged] = await Promise.all([
      redis.set(keys.replicaMark, ""),
      redis.wait(replicas, timeoutMs),
    ]);
    if (acknowledged < replicas) throw notReplicated();
    return socket;
  }
}
