export type CandidateErrorCode =
  | "not_array"
  | "empty"
  | "too_many"
  | "wrong_type"
  | "missing_text"
  | "unknown_field"
  | "text_too_long"
  | "id_length"
  | "unpaired_surrogate";

export interface CandidateIssue {
  code: CandidateErrorCode;
  /** JSON pointer (RFC 6901) within the array. */
  pointer: string;
  /** Never quotes a text. */
  detail: string;
}

/** What is wrong with an array of candidates: at least one issue, and no more than the scan goes on for. */
export class CandidateErrors extends Error {
  override readonly name = "CandidateErrors";
  readonly errors: readonly CandidateIssue[];

  constructor(errors: readonly CandidateIssue[]) {
    super(errors.map(({ pointer, detail }) => `${pointer}: ${detail}`).join("; "));
    this.errors = errors;
  }
}
