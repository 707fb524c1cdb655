import { monitorEventLoopDelay } from "node:perf_hooks";

/**
 * Preloaded into a process to be measured (`node --import`): answers the message `loop-delay` with how late its event loop
 * was since the last such message, in milliseconds.
 */
export interface LoopDelay {
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
}

const RESOLUTION_MS = 1;
const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
histogram.enable();

// What the histogram holds is the time between two ticks of its timer.
const toMs = (ns: number) => Math.max(0, ns / 1e6 - RESOLUTION_MS);

process.on("message", (message) => {
  if (message !== "loop-delay") return;
  process.send?.({
    type: "loop-delay",
    delay: {
      p50Ms: toMs(histogram.percentile(50)),
      p99Ms: toMs(histogram.percentile(99)),
      maxMs: toMs(histogram.max),
    } satisfies LoopDelay,
  });
  histogram.reset();
});
