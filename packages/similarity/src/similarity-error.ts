export type SimilarityErrorCode = "unknown_metric" | "unknown_option" | "option_range";

/** A metric, or an option of one, that there is not. */
export class SimilarityError extends Error {
  override readonly name = "SimilarityError";
  readonly code: SimilarityErrorCode;

  constructor(code: SimilarityErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
