import type { WebhookRules } from "../webhook/webhook-rules.ts";

/** What a submission may hold at most. Every field is configurable; counts of characters are Unicode code points. */
export interface SubmissionLimits {
  /** Bytes of a whole request body. */
  bodyBytesMax: number;
  /** Bytes of everything but the candidates. */
  envelopeBytesMax: number;
  candidatesMax: number;
  queryCharsMax: number;
  candidateCharsMax: number;
  idCharsMax: number;
  metadataPairsMax: number;
  metadataValueCharsMax: number;
  /** The work of a job: see job-cost.ts. */
  jobCellsMax: number;
  /** What `timeout_ms` may be at most, and what it is when it is not given. */
  jobTimeoutMs: number;
  expiresInMsMax: number;
  expiresInMsDefault: number;
  /** Where webhooks may go; `null` where there are none, for lack of a secret to sign them by. */
  webhooks: WebhookRules | null;
}
