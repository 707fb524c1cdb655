import type { Queue } from "@semblance/client";
import { countOf, formatBytes, formatCount } from "../format.ts";
import { latest, type Trouble, trouble } from "./watch-queue.ts";

/** From here on what is left is soon gone. */
const NEARLY_FULL = 0.9;

const TROUBLES: Record<Trouble, string> = {
  "api-away": "The API does not answer. This page looks again by itself.",
  "redis-away": "Redis is away: nothing can be submitted or read until it is back.",
  other: "The state of the queue cannot be read.",
};

const findWarnings = (queue: Queue): string[] => {
  const { depth, limit, store, workers, breakers_open: open } = queue;
  const warnings: string[] = [];
  if (open > 0) {
    warnings.push(
      `The breaker is open: ${countOf(open, "worker")} cannot start threads, and take no jobs meanwhile.`,
    );
  }
  const waiting = `${formatCount(depth)} of ${formatCount(limit)} jobs waiting`;
  if (depth >= limit) warnings.push(`The queue is full (${waiting}): more are refused.`);
  else if (depth >= limit * NEARLY_FULL) warnings.push(`The queue is nearly full (${waiting}).`);
  if (store.bytes >= store.limit * NEARLY_FULL) {
    warnings.push(`The store is nearly full: ${formatBytes(store.bytes)} of ${formatBytes(store.limit)}.`);
  }
  if (workers === 0 && open === 0) warnings.push("No worker is there: what is submitted waits for one.");
  return warnings;
};

/** What keeps the service from doing its work, on top of every panel. */
export const Banner = () => {
  const queue = latest.value;
  const messages = trouble.value ? [TROUBLES[trouble.value]] : queue ? findWarnings(queue) : [];
  return (
    <div class="banners" role="status">
      {messages.map((message) => (
        <p key={message} class={`banner${trouble.value ? " bad" : ""}`}>
          {message}
        </p>
      ))}
    </div>
  );
};
