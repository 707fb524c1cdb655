import { isDeepStrictEqual } from "node:util";
import type { JobWithResult } from "../support/client.ts";
import type { ReceivedWebhook } from "../support/webhook-receiver.ts";
import type { History } from "./history.ts";

/** What became of the webhooks of a run; each finding is a line about one job. */
export interface WebhookVerdict {
  /** Jobs whose end was told. */
  told: number;
  /** Webhooks that came although an earlier one had been taken: a worker died before it could note that. */
  repeated: number;
  /** Whose job has ended, and nobody was told. */
  untold: string[];
  /** Of another end than the job's, with other bytes or another id than before, or of a job that wanted none. */
  mistold: string[];
}

/** Webhooks that the receiver refused are not among `taken`. */
export const checkWebhooks = (history: History, taken: readonly ReceivedWebhook[]): WebhookVerdict => {
  const byJob = Map.groupBy(taken, ({ message }) => message.data.id);
  const verdict: WebhookVerdict = {
    told: byJob.size,
    repeated: taken.length - byJob.size,
    untold: [],
    mistold: [],
  };
  for (const { id, job, last } of history.accepted.values()) {
    const webhooks = byJob.get(id);
    const name = `${id} (job ${job.index}, ${job.behaviour})`;
    if (!webhooks) {
      if (job.wantsWebhook) verdict.untold.push(name);
      continue;
    }
    if (!job.wantsWebhook) verdict.mistold.push(`${name} wanted no webhook`);
    if (new Set(webhooks.map(({ id }) => id)).size > 1)
      verdict.mistold.push(`${name} was told under several ids`);
    if (new Set(webhooks.map(({ body }) => body.toString())).size > 1) {
      verdict.mistold.push(`${name} was told in different words`);
    }
    const [{ message }] = webhooks as [ReceivedWebhook];
    const { result_included, ...told } = message.data as unknown as JobWithResult & {
      result_included: boolean;
    };
    const ended = last?.status === 200 ? (JSON.parse(last.text) as JobWithResult) : null;
    if (ended && !isDeepStrictEqual({ ...told, result: told.result ?? null }, ended)) {
      verdict.mistold.push(`${name} is ${ended.status}, and was told as ${told.status}`);
    }
    if (message.type !== `job.${told.status}` || result_included !== (told.status === "succeeded")) {
      verdict.mistold.push(`${name} was told as ${message.type}, and its status is ${told.status}`);
    }
  }
  return verdict;
};
