import type { SubmissionLimits } from "@semblance/shared/job/limits";
import { type SubmissionEnvelope, submissionEnvelopeSchema } from "@semblance/shared/job/submission";
import { CandidateErrors } from "@semblance/similarity/json/candidate-errors";
import { countValues } from "@semblance/similarity/json/count-values";
import { JsonSyntaxError } from "@semblance/similarity/json/json-syntax-error";
import { type CandidateScan, scanCandidates } from "@semblance/similarity/json/scan-candidates";
import { splitMember } from "@semblance/similarity/json/split-member";
import type { z } from "zod";
import { Problem, type ProblemIssue } from "../problems/problem.ts";
import { toProblemIssues } from "../problems/zod-issues.ts";

export interface Submission {
  envelope: SubmissionEnvelope;
  /** The JSON array as it came: checked and counted, never parsed. */
  candidates: Buffer;
  candidateCount: number;
  /** Of all ids, as the JSON strings that they came as. */
  idBytes: number;
}

/** The places that an answer names at most; one wrong program makes the same mistake everywhere. */
const ISSUES_MAX = 20;
/** What an envelope may have beside its metadata; parsing and checking half a million would hold up all other requests. */
const OTHER_VALUES_MAX = 1_000;

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

/** @throws {Problem} `invalid-request` when it is too large to be parsed */
const requireSmall = (
  envelope: Uint8Array,
  { envelopeBytesMax, metadataPairsMax }: SubmissionLimits,
): void => {
  const refuse = (has: string, max: number) => {
    const detail = `everything but the candidates has ${has}, ${max} are allowed`;
    throw new Problem("invalid-request", { errors: [{ pointer: "", detail }] });
  };
  if (envelope.length > envelopeBytesMax) refuse(`${envelope.length} bytes`, envelopeBytesMax);
  const values = countValues(envelope);
  const valuesMax = metadataPairsMax + OTHER_VALUES_MAX;
  if (values > valuesMax) refuse(`${values} values`, valuesMax);
};

const scan = (candidates: Buffer, limits: SubmissionLimits): CandidateScan | ProblemIssue[] => {
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
    requireSmall(rest, limits);
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
    const { count: candidateCount, idBytes } = scanned;
    return { envelope: envelope.data, candidates, candidateCount, idBytes };
  };
};
