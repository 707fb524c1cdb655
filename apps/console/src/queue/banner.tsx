import type { Queue } from "@semblance/client";
import { countOf, formatBytes, formatCount } from "../format.ts";
import { isDeskMissing } from "../list/open-desk.ts";
import { latest, type Trouble, trouble } from "./watch-queue.ts";

/** From here on what is left is soon gone. */
const NEARLY_FULL = 0.9;

const TROUBLES: Record<Trouble, string> = {
  "api-away": "The API does not answer. This page looks again by itself.",
  "redis-away": "Redis is away: nothing can be submitted or read until it is back.",
  other: "The state of the queue cannot be read.",
};

interface Warning {
  /** Said aloud, once; a number in it would have it said again with each reading. */
  what: string;
  detail?: string;
}

const findWarnings = (queue: Queue): Warning[] => {
  const { depth, limit, store, workers, breakers_open: open } = queue;
  const warnings: Warning[] = [];
  if (open > 0) {
    const detail = `${countOf(open, "worker")} cannot start threads, and ${open === 1 ? "takes" : "take"} no jobs meanwhile.`;
    warnings.push({ what: "The breaker is open:", detail });
  }
  const waiting = `(${formatCount(depth)} of ${formatCount(limit)} jobs waiting)`;
  if (depth >= limit) warnings.push({ what: "The queue is full, and more are refused", detail: waiting });
  else if (depth >= limit * NEARLY_FULL) warnings.push({ what: "The queue is nearly full", detail: waiting });
  if (store.bytes >= store.limit * NEARLY_FULL) {
    const detail = `(${formatBytes(store.bytes)} of ${formatBytes(store.limit)})`;
    warnings.push({ what: "The store is nearly full", detail });
  }
  if (workers === 0 && open === 0)
    warnings.push({ what: "No worker is there: what is submitted waits for one." });
  return warnings;
};

const findAll = (): Warning[] => {
  const missing = isDeskMissing.value ? [{ what: "A part of this page is missing: reload it." }] : [];
  if (trouble.value) return [...missing, { what: TROUBLES[trouble.value] }];
  return [...missing, ...(latest.value ? findWarnings(latest.value) : [])];
};

/** What keeps the service from doing its work, on top of every panel. */
export const Banner = () => {
  const warnings = findAll();
  return (
    <div class="banners">
      <p class="visually-hidden" role="status">
        {warnings.map(({ what }) => what).join(" ")}
      </p>
      {warnings.map(({ what, detail }) => (
        <p key={what} class={`banner${trouble.value ? " bad" : ""}`}>
          {what} {detail}
        </p>
      ))}
    </div>
  );
};
