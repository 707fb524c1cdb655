export type SimilarityErrorCode =
  | "unknown_metric"
  | "unknown_option"
  | "option_range"
  | "unpaired_surrogate"
  | "too_large"
  | "busy";

/** A request that cannot be scored. */
export class SimilarityError extends Error {
  override readonly name = "SimilarityError";
  readonly code: SimilarityErrorCode;

  constructor(code: SimilarityErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
