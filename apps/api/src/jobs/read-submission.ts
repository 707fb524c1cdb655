import type { SubmissionLimits } from "@semblance/shared/job/limits";
import { type SubmissionEnvelope, submissionEnvelopeSchema } from "@semblance/shared/job/submission";
import { CandidateErrors } from "@semblance/similarity/json/candidate-errors";
import { JsonSyntaxError } from "@semblance/similarity/json/json-syntax-error";
import { scanCandidates } from "@semblance/similarity/json/scan-candidates";
import { splitMember } from "@semblance/similarity/json/split-member";
import type { z } from "zod";
import { Problem, type ProblemIssue } from "../problems/problem.ts";
import { toProblemIssues } from "../problems/zod-issues.ts";

export interface Submission {
  envelope: SubmissionEnvelope;
  /** The JSON array as it came: checked and counted, never parsed. */
  candidates: Buffer;
  candidateCount: number;
}

/** The places that an answer names at most; one wrong program makes the same mistake everywhere. */
const ISSUES_MAX = 20;

const split = (body: Buffer) => {
  try {
    return splitMember(body, "candidates");
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new Problem("invalid-json", {
      detail: `Byte ${error.offset}: ${error.reason}.`,
      errors: [{ pointer: "", offset: error.offset, detail: error.reason }],
    });
  }
};

const scan = (candidates: Buffer, limits: SubmissionLimits): { count: number } | ProblemIssue[] => {
  try {
    return scanCandidates(candidates, {
      countMax: limits.candidatesMax,
      textCharsMax: limits.candidateCharsMax,
      idCharsMax: limits.idCharsMax,
    });
  } catch (error) {
    if (!(error instanceof CandidateErrors)) throw error;
    return error.errors.map(({ pointer, detail }) => ({ pointer: `/candidates${pointer}`, detail }));
  }
};

/** @param limits fixed for the process, so that the schema is made once */
export const createSubmissionReader = (limits: SubmissionLimits) => {
  const envelopeSchema: z.ZodType<SubmissionEnvelope> = submissionEnvelopeSchema(limits);

  /**
   * Splits a submission's bytes into the envelope, which is parsed, and the candidates, which are only looked through.
   *
   * @throws {Problem} `invalid-json` with the offset of the first wrong byte, or `invalid-request` with every wrong place
   */
  return (body: Buffer): Submission => {
    const { rest, value: span } = split(body);
    if (rest.length > limits.envelopeBytesMax) {
      const detail = `everything but the candidates takes ${rest.length} bytes, ${limits.envelopeBytesMax} are allowed`;
      throw new Problem("invalid-request", { errors: [{ pointer: "", detail }] });
    }
    const parsed: unknown = JSON.parse(Buffer.from(rest.buffer, rest.byteOffset, rest.length).toString());
    const isObject = typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
    if (!isObject) {
      throw new Problem("invalid-request", { errors: [{ pointer: "", detail: "is not an object" }] });
    }

    const { candidates: _, ...fields } = parsed as Record<string, unknown>;
    // Spread copies "__proto__" as the own property that it is, so the schema sees and refuses it.
    const envelope = envelopeSchema.safeParse(fields);
    const candidates = span && body.subarray(span.start, span.end);
    const scanned = candidates ? scan(candidates, limits) : [{ pointer: "/candidates", detail: "required" }];
    const issues = [
      ...(envelope.error ? toProblemIssues(envelope.error) : []),
      ...(Array.isArray(scanned) ? scanned : []),
    ];
    if (!envelope.success || !candidates || Array.isArray(scanned)) {
      throw new Problem("invalid-request", { errors: issues.slice(0, ISSUES_MAX) });
    }
    return { envelope: envelope.data, candidates, candidateCount: scanned.count };
  };
};
