import type { Queue } from "@semblance/client";
import { expect, test } from "vitest";
import { READINGS } from "../src/queue/readings.ts";

const queueWith = (totals: Partial<Queue["totals"]>, rest: Partial<Queue> = {}): Queue => ({
  depth: 0,
  limit: 10,
  running: 0,
  workers: 1,
  threads: 2,
  breakers_open: 0,
  oldest_wait_ms: null,
  drain_rate_per_s: 0,
  estimated_wait_ms: null,
  store: { bytes: 0, limit: 1_024 },
  deliveries: { waiting: 0, sending: 0 },
  totals: { refused: 0, timed_out: 0, crashed: 0, out_of_memory: 0, delivered: 0, undelivered: 0, ...totals },
  ...rest,
});

const reading = (label: string) => READINGS.find((one) => one.label === label)!;

test("what is counted is what came while the page was open, also where Redis begins anew", () => {
  const history = [7, 9, 0, 2].map((refused, place) => ({ atMs: place, queue: queueWith({ refused }) }));
  const { tell, draw } = reading("Refused");
  expect(tell(history.at(-1)!.queue, history)).toBe("4");
  expect(history.map((sample, place) => draw(sample, history[place - 1]))).toEqual([0, 2, 0, 2]);
});

test("states are told with what is allowed", () => {
  const queue = queueWith({}, { depth: 9, oldest_wait_ms: 61_000, drain_rate_per_s: 0.25 });
  const tell = (label: string) => reading(label).tell(queue, []);
  expect(["Waiting jobs", "Stored", "Oldest wait", "Throughput", "Workers"].map(tell)).toEqual([
    "9 of 10",
    "0 B of 1 KiB",
    "1 min 1 s",
    "0.3 a second",
    "1 with 2 threads",
  ]);
});
