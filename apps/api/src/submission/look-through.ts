import type { SubmissionLimits } from "@semblance/shared/job/limits";
import { CandidateErrors } from "@semblance/similarity/json/candidate-errors";
import type { JsonScanner } from "@semblance/similarity/json/json-scanner";
import { JsonSyntaxError } from "@semblance/similarity/json/json-syntax-error";
import {
  type CandidateLimits,
  type CandidateScan,
  scanCandidates,
} from "@semblance/similarity/json/scan-candidates";
import { cutOut, type Span, splitMember } from "@semblance/similarity/json/split-member";
import type { ProblemIssue } from "../problems/problem.ts";

/** What a body was found to hold; plain data, since it may come from another thread. */
export interface LookedThrough {
  /** Everything but the candidates, with `null` in their place; itself `null` when it is larger than is allowed. */
  rest: Uint8Array | null;
  restBytes: number;
  /** Where the candidates stand; `null` when there are none. */
  candidates: Span | null;
  scan: CandidateScan | null;
  /** What is wrong with the candidates. */
  issues: ProblemIssue[];
}

export interface BrokenJson {
  offset: number;
  reason: string;
}

const NULL_BYTES = 4;

const toCandidateLimits = (limits: SubmissionLimits): CandidateLimits => ({
  countMax: limits.candidatesMax,
  textCharsMax: limits.candidateCharsMax,
  idCharsMax: limits.idCharsMax,
});

/** @returns `undefined` for what is no JSON */
export const parseJson = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString());
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

/**
 * The fast way, for what programs write.
 *
 * @param member the name under which the candidates stand
 * @returns `null` for what is wrong or oddly written; else the rest may be no JSON
 */
export const lookThroughFast = (
  body: Uint8Array,
  member: string,
  limits: SubmissionLimits,
  scanner: JsonScanner,
): LookedThrough | null => {
  const split = scanner.splitSubmission(body, toCandidateLimits(limits), member);
  if (!split) return null;
  const { candidates, ...scan } = split;
  const restBytes = body.length - (candidates.end - candidates.start) + NULL_BYTES;
  const rest = restBytes > limits.envelopeBytesMax ? null : cutOut(body, [candidates]);
  return { rest, restBytes, candidates, scan, issues: [] };
};

/** The slow way, for everything. */
export const lookThrough = (
  body: Uint8Array,
  member: string,
  limits: SubmissionLimits,
): LookedThrough | BrokenJson => {
  try {
    const { rest, value: candidates } = splitMember(body, member);
    const found = {
      rest: rest.length > limits.envelopeBytesMax ? null : rest,
      restBytes: rest.length,
      candidates,
      scan: null,
    };
    if (!candidates) return { ...found, issues: [{ pointer: `/${member}`, detail: "required" }] };
    try {
      const scan = scanCandidates(body.subarray(candidates.start, candidates.end), toCandidateLimits(limits));
      return { ...found, scan, issues: [] };
    } catch (error) {
      if (!(error instanceof CandidateErrors)) throw error;
      const issues = error.errors.map(({ pointer, detail }) => ({
        pointer: `/${member}${pointer}`,
        detail,
      }));
      return { ...found, issues };
    }
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    return { offset: error.offset, reason: error.reason };
  }
};
