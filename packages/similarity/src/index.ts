/** What the package is to its users. */
export type { RankedCandidate } from "./best-candidates.ts";
export type {
  Engine,
  IdentifiedCandidate,
  RankOptions,
  RawIdentifiedCandidate,
  ScoreOptions,
} from "./engine.ts";
export { createEngine } from "./engine.ts";
export type { CandidateErrorCode, CandidateIssue } from "./json/candidate-errors.ts";
export { CandidateErrors } from "./json/candidate-errors.ts";
export type { JsonScanner, JsonScannerOptions, SplitSubmission } from "./json/json-scanner.ts";
export { createJsonScanner } from "./json/json-scanner.ts";
export { JsonSyntaxError } from "./json/json-syntax-error.ts";
export type { CandidateLimits, CandidateScan } from "./json/scan-candidates.ts";
export { scanCandidates } from "./json/scan-candidates.ts";
export type { SplitDocument } from "./json/split-member.ts";
export { splitMember } from "./json/split-member.ts";
export type { MetricOptions } from "./metrics/metric.ts";
export type { MetricName } from "./metrics/metrics.ts";
export { METRIC_NAMES } from "./metrics/metrics.ts";
export type { NormalizeOptions, NormalizeSteps } from "./normalize.ts";
export type { SimilarityErrorCode } from "./similarity-error.ts";
export { SimilarityError } from "./similarity-error.ts";
