import { Gauge, Registry } from "prom-client";
import type { QueueState } from "../queue/queue-monitor.ts";

export interface QueueLimits {
  queueDepthMax: number;
  storeBytesMax: number;
}

/** The queue's state as Prometheus has it. All API processes tell the same: queries take the maximum, not the sum. */
export const queueMetrics = (state: QueueState, { queueDepthMax, storeBytesMax }: QueueLimits): Registry => {
  const registry = new Registry();
  const gauge = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry] });

  gauge("semblance_queue_depth", "Jobs that wait.").set(state.depth);
  gauge("semblance_queue_depth_limit", "How many jobs may wait.").set(queueDepthMax);
  gauge("semblance_queue_running_jobs", "Jobs that workers hold.").set(state.running);
  gauge(
    "semblance_queue_oldest_wait_seconds",
    "How long the next job in line has waited; 0 when none waits.",
  ).set((state.oldestWaitMs ?? 0) / 1_000);
  gauge(
    "semblance_queue_drain_rate_jobs_per_second",
    "Jobs that ended a second, over the last ten seconds or the last minute, whichever is more.",
  ).set(state.drainRatePerS);
  gauge(
    "semblance_queue_backlog_seconds",
    "How long the jobs that wait will take at that rate, or at one a minute when fewer ended.",
  ).set(state.backlogS);
  gauge("semblance_store_bytes", "Bytes that jobs take in the store, or have reserved there.").set(
    state.storeBytes,
  );
  gauge("semblance_store_bytes_limit", "How many bytes they may take.").set(storeBytesMax);
  gauge("semblance_workers", "Worker processes that take jobs.").set(state.workers);
  const deliveries = gauge(
    "semblance_deliveries",
    "Webhooks that can be sent (ready), that wait for their next attempt (delayed), that are being sent (active).",
    ["state"],
  );
  for (const [name, count] of Object.entries(state.deliveries)) deliveries.set({ state: name }, count);
  return registry;
};
