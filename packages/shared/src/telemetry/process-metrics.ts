import { performance } from "node:perf_hooks";
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import sharedPackage from "../../package.json" with { type: "json" };

let registry: Registry | undefined;

/** What is true of the whole process: one registry, however many services run in it. prom-client's observers cannot be stopped. */
export const processMetrics = (): Registry => {
  if (registry) return registry;
  registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const active: Counter = new Counter({
    name: "semblance_event_loop_active_seconds_total",
    help: "How long the event loop was at work; its rate is the loop's utilization, from 0 to 1.",
    registers: [registry],
    collect: () => {
      active.reset();
      active.inc(performance.eventLoopUtilization().active / 1_000);
    },
  });
  new Gauge({
    name: "semblance_build_info",
    help: "1, by the version that runs.",
    labelNames: ["version"],
    registers: [registry],
  }).set({ version: sharedPackage.version }, 1);
  return registry;
};
