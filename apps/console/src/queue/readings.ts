import type { Queue } from "@semblance/client";
import { countOf, formatBytes, formatCount, formatDuration, formatRate } from "../format.ts";
import type { Sample } from "./watch-queue.ts";

/** One thing that the panel shows of the queue. */
export interface Reading {
  label: string;
  /** What the number beside the chart says. */
  tell: (queue: Queue, history: Sample[]) => string;
  /** What is drawn of a sample, given the one before it. */
  draw: (sample: Sample, before: Sample | undefined) => number;
  /** A drawn value in words. */
  format: (value: number) => string;
  /** What is allowed, as it is drawn. */
  limit?: (queue: Queue) => number;
  isStepped?: boolean;
  /** Any at all is worth a look. */
  isTrouble?: boolean;
}

type Total = keyof Queue["totals"];

/** How much totals grew; they begin again where Redis was emptied. */
const growth = (totals: Total[], after: Sample, before: Sample | undefined): number =>
  before
    ? totals.reduce(
        (sum, total) => sum + Math.max(0, after.queue.totals[total] - before.queue.totals[total]),
        0,
      )
    : 0;

/** How many there were in all of the time that is shown. */
const counted = (label: string, totals: Total[], isTrouble: boolean): Reading => ({
  label,
  tell: (_, history) =>
    formatCount(history.reduce((sum, sample, place) => sum + growth(totals, sample, history[place - 1]), 0)),
  draw: (sample, before) => growth(totals, sample, before),
  format: (value) => `${formatCount(value)} at once`,
  isStepped: true,
  isTrouble,
});

/** In the order in which an operator asks. */
export const READINGS: readonly Reading[] = [
  {
    label: "Waiting jobs",
    tell: ({ depth, limit }) => `${formatCount(depth)} of ${formatCount(limit)}`,
    draw: ({ queue }) => queue.depth,
    format: formatCount,
    limit: ({ limit }) => limit,
  },
  {
    label: "Stored",
    tell: ({ store }) => `${formatBytes(store.bytes)} of ${formatBytes(store.limit)}`,
    draw: ({ queue }) => queue.store.bytes,
    format: formatBytes,
    limit: ({ store }) => store.limit,
  },
  {
    label: "Oldest wait",
    tell: ({ oldest_wait_ms: waitMs }) => (waitMs === null ? "none waits" : formatDuration(waitMs)),
    draw: ({ queue }) => queue.oldest_wait_ms ?? 0,
    format: formatDuration,
  },
  {
    label: "Throughput",
    tell: ({ drain_rate_per_s: rate }) => `${formatRate(rate)} a second`,
    draw: ({ queue }) => queue.drain_rate_per_s,
    format: formatRate,
  },
  {
    label: "Running jobs",
    tell: ({ running }) => formatCount(running),
    draw: ({ queue }) => queue.running,
    format: formatCount,
  },
  {
    label: "Workers",
    tell: ({ workers, threads }) => `${formatCount(workers)} with ${countOf(threads, "thread")}`,
    draw: ({ queue }) => queue.workers,
    format: formatCount,
    isStepped: true,
  },
  counted("Refused", ["refused"], true),
  counted("Timed out", ["timed_out"], true),
  counted("Crashed", ["crashed", "out_of_memory"], true),
  {
    label: "Webhooks on their way",
    tell: ({ deliveries }) => formatCount(deliveries.waiting + deliveries.sending),
    draw: ({ queue }) => queue.deliveries.waiting + queue.deliveries.sending,
    format: formatCount,
  },
  counted("Webhooks delivered", ["delivered"], false),
  counted("Webhooks given up", ["undelivered"], true),
];
