import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { eventually } from "./eventually.ts";

/** How long after its answer to one probe an endpoint is asked again. */
const PROBE_INTERVAL_MS = 100;
const PROBE_LIMIT_MS = 2_000;
/**
 * So many failed probes in a row take an endpoint out, and one that succeeds brings it back: the defaults of Kubernetes. One that shuts down
 * is out as soon as it says so, since who ends it knows it there.
 */
const FAILED_PROBES_MAX = 3;

/** What is of one connection only (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade"]);

/** Shares requests out among processes as the proxy before them does in production: in turn, over kept connections, to those that say they are ready. */
export interface Balancer {
  url: string;
  /** Resolves once it is sent requests. */
  add: (endpoint: string) => Promise<unknown>;
  remove: (endpoint: string) => void;
  /** How many requests went out on a connection that another had used before. */
  reusedCount: () => number;
  close: () => Promise<void>;
}

interface Endpoint {
  url: string;
  isReady: boolean;
  isRemoved: boolean;
}

const endToEnd = (headers: IncomingHttpHeaders): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));

/** What an endpoint says to its probe: the part of the problem's type behind the last slash, where it is not ready. */
const probe = async (url: string): Promise<string> => {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(PROBE_LIMIT_MS) });
    const { status, type } = (await response.json()) as { status: unknown; type?: string };
    return response.ok ? String(status) : type!.split("/").at(-1)!;
  } catch {
    return "unreachable";
  }
};

const keepProbing = async (endpoint: Endpoint): Promise<void> => {
  let failedCount = 0;
  while (!endpoint.isRemoved) {
    const answer = await probe(endpoint.url);
    failedCount = answer === "ready" ? 0 : failedCount + 1;
    if (failedCount === 0) endpoint.isReady = true;
    else if (failedCount >= FAILED_PROBES_MAX || answer === "shutting-down") endpoint.isReady = false;
    await delay(PROBE_INTERVAL_MS);
  }
};

/**
 * A balancer on a free loopback port. It tries nothing again: a request that its endpoint does not answer is answered with `502`, and one
 * whose answer is cut off is cut off.
 */
export const startBalancer = async (): Promise<Balancer> => {
  const agent = new Agent({ keepAlive: true });
  let endpoints: Endpoint[] = [];
  let turn = 0;
  let reusedCount = 0;

  const forward = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const fail = (reason: string) => {
      if (outgoing.headersSent) outgoing.destroy();
      else outgoing.writeHead(502).end(reason);
    };
    const ready = endpoints.filter((endpoint) => endpoint.isReady);
    const endpoint = ready[turn++ % ready.length];
    if (!endpoint) return fail("no endpoint is ready");
    const { method, url, headers } = incoming;
    const call = request(endpoint.url + url, { method, headers: endToEnd(headers), agent });
    call.on("error", (error) => fail(`${endpoint.url}: ${error.message}`));
    call.on("response", (answer) => {
      if (call.reusedSocket) reusedCount += 1;
      outgoing.writeHead(answer.statusCode!, endToEnd(answer.headers));
      pipeline(answer, outgoing, () => undefined);
    });
    // Its client is gone.
    outgoing.on("close", () => outgoing.writableFinished || call.destroy());
    incoming.pipe(call);
  };

  const server = createServer(forward);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const remove = (url: string) => {
    for (const endpoint of endpoints) endpoint.isRemoved ||= endpoint.url === url;
    endpoints = endpoints.filter(({ isRemoved }) => !isRemoved);
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    add: (url) => {
      const endpoint = { url, isReady: false, isRemoved: false };
      endpoints.push(endpoint);
      void keepProbing(endpoint);
      return eventually(`${url} is ready`, () => endpoint.isReady || undefined);
    },
    remove,
    reusedCount: () => reusedCount,
    close: () =>
      new Promise((resolve) => {
        for (const { url } of endpoints) remove(url);
        server.close(() => resolve());
        server.closeAllConnections();
        agent.destroy();
      }),
  };
};
