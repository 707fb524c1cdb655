export type SimilarityErrorCode = "unknown_metric" | "unknown_option" | "option_range";

/** A metric or an option that there is not, or a value that an option cannot have. */
export class SimilarityError extends Error {
  override readonly name = "SimilarityError";
  readonly code: SimilarityErrorCode;

  constructor(code: SimilarityErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
