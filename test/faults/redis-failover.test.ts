import { afterEach, beforeEach, expect, test } from "vitest";
import { createAppFleet } from "../support/app-fleet.ts";
import { json, post, waitForEnd } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { type SentinelGroup, startSentinelGroup } from "../support/redis-sentinel.ts";

let group: SentinelGroup;
const fleet = createAppFleet(() => group.url);

beforeEach(async () => {
  group = await startSentinelGroup();
});
afterEach(() => group.stop());

const SUBMITTERS = 8;
const BEFORE = 300;
const AFTER = 300;

test("with REDIS_WAIT_REPLICAS a failover in the middle loses nothing that was accepted", {
  timeout: 240_000,
}, async () => {
  const api = await fleet.startApi({ REDIS_WAIT_REPLICAS: "1", QUEUE_DEPTH_MAX: "100000" });
  await fleet.startWorker({ WORKER_CONCURRENCY: "2", LOCK_MS: "3000", STALLED_CHECK_MS: "500" });
  const accepted: string[] = [];
  const refusals = new Map<number, number>();
  let isOver = false;
  const submitOn = async () => {
    while (!isOver) {
      const response = await post(api.url, { query: "a", candidates: ["b", "a"] });
      if (response.status === 202) accepted.push((await json<{ id: string }>(response)).id);
      else {
        refusals.set(response.status, (refusals.get(response.status) ?? 0) + 1);
        expect(response.headers.get("retry-after")).not.toBeNull();
        await response.arrayBuffer();
      }
    }
  };
  const submitting = Promise.all(Array.from({ length: SUBMITTERS }, submitOn));
  await eventually("some accepted", () => (accepted.length > BEFORE ? true : undefined), 60_000);
  const port = await group.masterPort();
  process.kill(group.servers.find((server) => server.port === port)!.pid, "SIGKILL");
  const atKill = accepted.length;
  await group.untilMasterIsNot(port);
  const atFailover = accepted.length;
  await eventually("more accepted", () => (accepted.length > atFailover + AFTER ? true : undefined), 60_000);
  isOver = true;
  await submitting;
  console.log(`${atKill} accepted before the kill, ${accepted.length} in all, refused:`, refusals);
  expect([...refusals.keys()]).toEqual([503]);
  for (const id of accepted) {
    expect(await waitForEnd(api.url, id, 60_000)).toMatchObject({ status: "succeeded" });
  }
});
