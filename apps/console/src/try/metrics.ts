import { signal } from "@preact/signals";
import type { SimilarityMetric } from "@semblance/client";
import { awaitsKey, client, noteFailure } from "../session.ts";

const AGAIN_MS = 3_000;

/** Every metric, once the API has told them. */
export const metrics = signal<SimilarityMetric[]>([]);

/** Asks for them until they are known, unless there is a key to be asked for first. */
export const loadMetrics = async (): Promise<void> => {
  if (awaitsKey.value) return;
  try {
    metrics.value = await client.similarityMetrics();
  } catch (error) {
    noteFailure(error);
    setTimeout(loadMetrics, AGAIN_MS);
  }
};
