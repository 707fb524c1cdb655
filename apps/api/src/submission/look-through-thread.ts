import type { SubmissionLimits } from "@semblance/shared/job/limits";
import { createJsonScanner } from "@semblance/similarity/json/json-scanner";
import { move, transferableSymbol, valueSymbol } from "piscina";
import {
  type BrokenJson,
  type LookedThrough,
  lookThrough,
  lookThroughFast,
  parseJson,
} from "./look-through.ts";
import { type LookedThroughBatch, lookThroughBatch } from "./look-through-batch.ts";

const scanner = await createJsonScanner();

/** A body goes to the thread and back without being copied. */
export interface LookThroughTask {
  body: Uint8Array<ArrayBuffer>;
  member: string;
  limits: SubmissionLimits;
}

export interface LookThroughAnswer<Found = LookedThrough> {
  body: Uint8Array<ArrayBuffer>;
  found: Found | BrokenJson;
}

/** What runs in a thread of the pool for a batch of jobs. */
export const batch = ({ body, member, limits }: LookThroughTask) => {
  const found = lookThroughBatch(body, member, limits, scanner);
  const answer: LookThroughAnswer<LookedThroughBatch> = { body, found };
  return move({ [transferableSymbol]: body.buffer, [valueSymbol]: answer });
};

/** What runs there for a single one: see submission-reader.ts. */
export default ({ body, member, limits }: LookThroughTask) => {
  const fast = lookThroughFast(body, member, limits, scanner);
  const isWhole = fast !== null && (fast.rest === null || parseJson(fast.rest) !== undefined);
  const answer: LookThroughAnswer = { body, found: isWhole ? fast : lookThrough(body, member, limits) };
  return move({ [transferableSymbol]: body.buffer, [valueSymbol]: answer });
};
