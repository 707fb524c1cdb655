import { setTimeout as delay } from "node:timers/promises";
import type { Fault } from "./fault-schedule.ts";
import type { History } from "./history.ts";
import type { SoakSystem } from "./soak-system.ts";

const breakThreadStarts = async (
  system: SoakSystem,
  { durationMs, target }: Fault,
  signal: AbortSignal,
): Promise<void> => {
  try {
    await system.breakThreadStarts(true);
    // One worker finds no thread at all, the other none in the place of those that die.
    await system.workers[target].end("SIGTERM");
    await delay(durationMs, undefined, { signal });
  } finally {
    await system.breakThreadStarts(false);
  }
};

/** Does a fault, and resolves when it is undone; those who were ended may still be starting again. */
const inflict = (system: SoakSystem, fault: Fault, signal: AbortSignal): Promise<void> => {
  const { redis, apis, workers } = system;
  switch (fault.kind) {
    case "worker killed":
      return workers[fault.target].end("SIGKILL");
    case "worker stopped":
      return workers[fault.target].end("SIGTERM");
    case "API killed":
      return apis[fault.target].end("SIGKILL");
    case "API stopped":
      return apis[fault.target].end("SIGTERM");
    case "Redis killed":
      return redis.restart("SIGKILL");
    case "Redis restarted":
      return redis.restart("SIGTERM");
    case "Redis frozen":
      return redis.freeze(fault.durationMs);
    case "Redis out of memory":
      return redis.exhaustMemory(fault.durationMs);
    case "threads cannot start":
      return breakThreadStarts(system, fault, signal);
  }
};

/** Does the faults at their times, or at once when the one before took too long. */
export const inflictFaults = async (
  system: SoakSystem,
  history: History,
  faults: Fault[],
  signal: AbortSignal,
): Promise<void> => {
  const startedAtMs = Date.now();
  for (const fault of faults) {
    await delay(Math.max(0, startedAtMs + fault.atMs - Date.now()), undefined, { signal });
    const fromMs = Date.now();
    await inflict(system, fault, signal);
    history.faults.push({ ...fault, fromMs, untilMs: Date.now() });
  }
};
