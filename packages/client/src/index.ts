export {
  ConnectionError,
  JobFailedError,
  ProblemError,
  SemblanceError,
  TimeoutError,
  type WebhookErrorCode,
  WebhookVerificationError,
} from "./errors.ts";
export type { RetryOptions } from "./retry.ts";
export { type CallOptions, Semblance, type SemblanceOptions, type SubmitOptions } from "./semblance.ts";
export { verifyWebhook, type WebhookHeaders } from "./verify-webhook.ts";
export type * from "./wire-types.ts";
