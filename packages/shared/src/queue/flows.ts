import { type FlowJob, FlowProducer } from "bullmq";
import type { Redis } from "ioredis";

export interface Flows {
  /** Adds a job and those that it waits for, all or none of them. */
  add: (flow: FlowJob) => Promise<void>;
  close: () => Promise<void>;
}

/** The scripts that BullMQ has given the connection, which its types do not name. */
type Scripts = Record<string, { lua: string }>;

const isUnknownScript = (error: unknown) => error instanceof Error && error.message.startsWith("NOSCRIPT");

/**
 * BullMQ's flows, which tell no failure but that of the root job, and go on to fail once Redis has forgotten its scripts: within a transaction
 * ioredis does not notice.
 */
export const createFlows = (redis: Redis, keyPrefix: string, onError: (error: Error) => void): Flows => {
  const producer = new FlowProducer({ connection: redis, prefix: keyPrefix });
  producer.on("error", onError);
  const backend = producer.getBackend();
  const addFlow = backend.addFlow.bind(backend);
  backend.addFlow = async (entries) => {
    const results = await addFlow(entries);
    for (const [error, reply] of results) {
      if (error) throw error;
      if (typeof reply === "number" && reply < 0)
        throw new Error(`BullMQ's code ${reply} for a job of a flow`);
    }
    return results;
  };
  const loadScripts = async () => {
    const { scriptsSet } = redis as unknown as { scriptsSet: Scripts };
    await Promise.all(Object.values(scriptsSet).map(({ lua }) => redis.script("LOAD", lua)));
  };
  return {
    add: async (flow) => {
      try {
        await producer.add(flow);
      } catch (error) {
        if (!isUnknownScript(error)) throw error;
        await loadScripts();
        await producer.add(flow);
      }
    },
    close: () => producer.close(),
  };
};
