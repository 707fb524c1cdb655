import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { AbstractConnector, type RedisOptions } from "ioredis";
import type { RedisAddress } from "./redis-url.ts";

/** How to reach a server, once it is known. */
export abstract class ServerConnector extends AbstractConnector {
  readonly #tls: RedisOptions["tls"];

  constructor({ disconnectTimeout, tls }: RedisOptions) {
    super(disconnectTimeout!);
    this.#tls = tls;
  }

  /** ioredis hears the first error of a socket and no other. TLS may tell of another one, which would end the process. */
  protected open(address: RedisAddress): Socket {
    this.connecting = true;
    this.stream = this.#tls ? connectTls({ ...this.#tls, ...address }) : connectTcp(address);
    this.stream.on("error", (error: Error) => {
      this.firstError ??= error;
    });
    return this.stream;
  }
}

/** For `Redis`' option `Connector`: always to the same server. */
export const connectorToServer = (address: RedisAddress): NonNullable<RedisOptions["Connector"]> =>
  class extends ServerConnector {
    constructor(options: unknown) {
      super(options as RedisOptions);
    }

    override async connect(): Promise<Socket> {
      return this.open(address);
    }
  };
