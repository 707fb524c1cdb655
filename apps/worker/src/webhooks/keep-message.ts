import type { RedisKeys } from "@semblance/shared/redis/keys";
import type { DeliveryJobData } from "@semblance/shared/webhook/delivery";
import { keepDelivery } from "@semblance/shared/webhook/keep-delivery";
import type { Job } from "bullmq";
import type { Redis } from "ioredis";
import type { WorkerConfig } from "../config.ts";
import { composeMessage, type EndOfChild } from "./compose-message.ts";
import { dropDelivery } from "./drop-delivery.ts";

export interface KeepMessageOptions {
  redis: Redis;
  keys: RedisKeys;
  config: WorkerConfig;
}

const readEndOfChild = async (job: Job<DeliveryJobData>): Promise<EndOfChild | null> => {
  const { processed, ignored } = await job.getDependencies();
  const [failedReason] = Object.values(ignored ?? {}) as string[];
  if (failedReason !== undefined) return { failedReason };
  return Object.keys(processed ?? {}).length > 0 ? { failedReason: null } : null;
};

/**
 * Makes the message of a delivery that its job's end has just released, and keeps it, to be sent from now on as it is.
 *
 * @returns whether there is anything to deliver: nobody may want to hear of that end, or the job was deleted
 */
export const keepMessage = async (
  { redis, keys, config }: KeepMessageOptions,
  job: Job<DeliveryJobData>,
  nowMs: number,
): Promise<boolean> => {
  const { deliveryId, tenant, url, job: told } = job.data;
  const composeOptions = {
    redis,
    keys,
    resultBytesMax: config.webhookResultBytesMax,
    publicUrl: config.publicUrl,
    resultTtlMs: config.resultTtlS * 1_000,
  };
  const message = await composeMessage(composeOptions, told!, () => readEndOfChild(job), nowMs);
  if (!message || !told!.events.includes(message.type)) {
    await dropDelivery(redis, keys, deliveryId);
    return false;
  }
  const { outcome } = await keepDelivery(
    redis,
    keys,
    {
      id: deliveryId,
      tenant,
      jobId: told!.id,
      url,
      attemptsMax: null,
      metadataBytes: Buffer.byteLength(told!.metadata),
      ...message,
    },
    {
      nowMs,
      firstAttemptAtMs: nowMs + (config.webhookSchedule[0] ?? 0),
      ttlMs: config.deliveryTtlS * 1_000,
    },
  );
  return outcome === "kept";
};
