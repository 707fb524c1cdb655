import { v7 as uuidv7 } from "uuid";

/** A delivery's id is the `webhook-id` of all its attempts as well: it holds no `.`, as Standard Webhooks demands, and no `:`, as BullMQ does. */
export const DELIVERY_ID = /^dlv_[0-9a-f]{32}$/;

export const isDeliveryId = (text: string): boolean => DELIVERY_ID.test(text);

/** The delivery of a job's end: a job has one at the most. */
export const deliveryIdOf = (jobId: string): string => jobId.replace(/^job_/, "dlv_");

/** For a delivery that no job stands behind. */
export const createDeliveryId = (): string => `dlv_${uuidv7().replaceAll("-", "")}`;
