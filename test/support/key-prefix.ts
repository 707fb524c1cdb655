import { randomUUID } from "node:crypto";

/** One for each test file, whose connections so find all of its keys in a Cluster. */
const HASH_TAG = `{test-${randomUUID()}}`;

/** A key prefix that no other test has. */
export const uniqueKeyPrefix = (): string => `${HASH_TAG}${randomUUID()}`;
