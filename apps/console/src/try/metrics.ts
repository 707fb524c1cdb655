import { effect, signal } from "@preact/signals";
import type { SimilarityMetric } from "@semblance/client";
import { trouble } from "../queue/watch-queue.ts";
import { awaitsKey, client, noteFailure } from "../session.ts";

/** Every metric, once the API has told them. */
export const metrics = signal<SimilarityMetric[]>([]);

/** Asked for until they are known: as soon as there is a key, and whenever the API is back. */
export const loadMetrics = (): void => {
  effect(() => {
    if (awaitsKey.value || metrics.value.length > 0 || trouble.value === "api-away") return;
    client.value.similarityMetrics().then((told) => {
      metrics.value = told;
    }, noteFailure);
  });
};
