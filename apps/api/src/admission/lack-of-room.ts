import { Problem } from "../problems/problem.ts";

/** Room comes back as what is stored expires. */
const RETRY_S = 30;

/** @param bytes that are taken */
export const storeFull = (bytes: number, limit: number): Problem =>
  new Problem("store-full", {
    detail: `${bytes} bytes are taken or reserved, and ${limit} may be.`,
    retryAfterS: RETRY_S,
    members: { bytes, limit },
  });

/** @param bytes that the tenant has taken */
export const tenantBytesFull = (bytes: number, limit: number): Problem =>
  new Problem("quota-exceeded", {
    detail: `Your jobs and their results take ${bytes} bytes, and ${limit} may be.`,
    retryAfterS: RETRY_S,
    members: { bytes, limit },
  });
