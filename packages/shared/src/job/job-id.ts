import { v7 as uuidv7 } from "uuid";

/**
 * A new job id: `job_` and a UUID version 7 (RFC 9562, section 5.7) in hex, so that ids sort by creation time.
 * It holds no `:` and is no integer, as BullMQ demands.
 */
export const createJobId = (): string => `job_${uuidv7().replaceAll("-", "")}`;

export const JOB_ID = /^job_[0-9a-f]{32}$/;

export const isJobId = (text: string): boolean => JOB_ID.test(text);
