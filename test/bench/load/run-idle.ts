import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { IdleLoad, IdleReport } from "./loads.ts";

/** How many connections are opened at once: fewer than a server lets wait to be accepted. */
const AT_ONCE = 100;

export const runIdle = async ({ url, connections, seconds }: IdleLoad): Promise<IdleReport> => {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: Number.POSITIVE_INFINITY,
    maxFreeSockets: connections,
  });
  const unfinished: IncomingMessage[] = [];
  const open = async () => {
    // Taken up only when all are there, so that none is used twice.
    const [response] = (await once(get(`${url}/healthz`, { agent }), "response")) as [IncomingMessage];
    unfinished.push(response);
  };
  while (unfinished.length < connections) {
    const left = connections - unfinished.length;
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, left) }, open));
  }
  for (const response of unfinished) response.resume();
  await delay(seconds * 1_000);
  agent.destroy();
  return {};
};
