import { randomUUID } from "node:crypto";

/** A key prefix that no other test has. */
export const uniqueKeyPrefix = (): string => `{test-${randomUUID()}}`;
