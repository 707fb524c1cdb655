import type { Redis } from "ioredis";
import { settlesWithin } from "../sandbox/settles-within.ts";

/** What of a worker decides whether it takes jobs. */
interface WorkerCondition {
  isStopping: boolean;
  isStuck: boolean;
  isBreakerOpen: boolean;
}

/** Whether the worker takes jobs, and if not, why. */
export type Readiness =
  | "ready"
  | "starting"
  | "draining"
  | "thread-stuck"
  | "threads-cannot-start"
  | "store-unavailable";

const PING_LIMIT_MS = 700;

/** The connection is a patient one: away, Redis would keep the question waiting. */
const answersPing = async (redis: Redis): Promise<boolean> =>
  redis.status === "ready" && (await settlesWithin(redis.ping(), PING_LIMIT_MS).catch(() => false));

/** Tells probes whether the worker is of use. */
export const createReadiness = (worker: WorkerCondition, redis: Redis) => {
  let hasStarted = false;
  return {
    /** Its threads are warm, or known not to be. */
    started: () => {
      hasStarted = true;
    },
    read: async (): Promise<Readiness> => {
      if (worker.isStopping) return "draining";
      if (worker.isStuck) return "thread-stuck";
      if (worker.isBreakerOpen) return "threads-cannot-start";
      if (!hasStarted) return "starting";
      return (await answersPing(redis)) ? "ready" : "store-unavailable";
    },
  };
};
