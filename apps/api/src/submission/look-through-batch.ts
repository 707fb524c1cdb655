import type { SubmissionLimits } from "@semblance/shared/job/limits";
import type { JsonScanner } from "@semblance/similarity/json/json-scanner";
import { JsonSyntaxError } from "@semblance/similarity/json/json-syntax-error";
import { isArray, skipEach, skipValue } from "@semblance/similarity/json/scan-json";
import { type Span, splitMember } from "@semblance/similarity/json/split-member";
import { type BrokenJson, type LookedThrough, lookThrough, lookThroughFast } from "./look-through.ts";

/** How many jobs a batch may have. */
export const BATCH_JOBS_MAX = 1_000;

/** What a batch was found to hold; plain data, since it may come from another thread. */
export interface LookedThroughBatch {
  /** Everything but the jobs, with `null` in their place; itself `null` when it is larger than is allowed. */
  rest: Uint8Array | null;
  /** Where each job stands in the body, and what it holds; none behind {@link BATCH_JOBS_MAX}. `null` unless there is an array of them. */
  jobs: { span: Span; found: LookedThrough | BrokenJson }[] | null;
  jobCount: number;
}

/** @param member the name under which the candidates of each job stand */
export const lookThroughBatch = (
  body: Uint8Array,
  member: string,
  limits: SubmissionLimits,
  scanner: JsonScanner,
): LookedThroughBatch | BrokenJson => {
  try {
    const { rest, value } = splitMember(body, "jobs");
    const batch = { rest: rest.length > limits.envelopeBytesMax ? null : rest, jobs: null, jobCount: 0 };
    if (!value || !isArray(body, value.start)) return batch;
    const spans: Span[] = [];
    let jobCount = 0;
    skipEach(body, value.start, (start) => {
      const end = skipValue(body, start);
      jobCount += 1;
      if (jobCount <= BATCH_JOBS_MAX) spans.push({ start, end });
      return end;
    });
    const jobs = spans.map((span) => {
      const bytes = body.subarray(span.start, span.end);
      return {
        span,
        found: lookThroughFast(bytes, member, limits, scanner) ?? lookThrough(bytes, member, limits),
      };
    });
    return { ...batch, jobs, jobCount };
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    return { offset: error.offset, reason: error.reason };
  }
};
