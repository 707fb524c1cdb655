import { z } from "zod";
import { isHttpUri } from "../webhook/is-http-uri.ts";
import { WEBHOOK_EVENTS } from "../webhook/webhook-event.ts";
import { refuseWebhookUrl, WEBHOOK_URL_CHARACTERS_MAX } from "../webhook/webhook-url.ts";
import { countCharacters } from "./count-characters.ts";
import type { SubmissionLimits } from "./limits.ts";
import { metricDefinitions } from "./metric-definitions.ts";
import { METRIC_NAMES, type MetricName } from "./metric-names.ts";

export const normalizeSchema = z.union([
  z.literal("default"),
  z.strictObject({
    form: z.enum(["NFC", "NFKC"]).optional(),
    case: z.enum(["lower", "fold"]).optional(),
    accents: z.literal("strip").optional(),
    punctuation: z.literal("strip").optional(),
    whitespace: z.literal("collapse").optional(),
  }),
]);

/** How often jobs get their turn, beside others of the same tenant: a job costs less of it the higher its priority. */
export const PRIORITIES = ["high", "normal", "low"] as const;

export type Priority = (typeof PRIORITIES)[number];

export type Normalize = z.infer<typeof normalizeSchema>;

/** The options of any metric; each takes its own only. */
type MetricOptions = z.input<(typeof metricDefinitions)[MetricName]["options"]>;

/** zod would count UTF-16 units; JSON Schema, for which the limits are named as well, counts characters as is done here. */
const text = (what: string, charsMin: number, charsMax: number) =>
  z
    .string()
    .superRefine((value, context) => {
      if (!value.isWellFormed()) {
        context.addIssue({ code: "custom", message: `${what} holds an unpaired surrogate escape` });
      }
      const characters = countCharacters(value);
      if (characters < charsMin) context.addIssue({ code: "custom", message: `${what} is empty` });
      if (characters > charsMax) {
        context.addIssue({
          code: "custom",
          message: `${what} has ${characters} characters, ${charsMax} are allowed`,
        });
      }
    })
    .meta({ ...(charsMin > 0 ? { minLength: charsMin } : {}), maxLength: charsMax });

/**
 * A record would drop this key without a word, since assigning it sets a prototype.
 *
 * @typeParam Input what a client may send, which a schema behind a preprocessing step does not tell
 */
const refuseProto =
  <Input>() =>
  (input: Input, context: z.core.$RefinementCtx): Input => {
    if (typeof input === "object" && input !== null && Object.hasOwn(input, "__proto__")) {
      context.addIssue({ code: "custom", path: ["__proto__"], message: "this key is not allowed" });
    }
    return input;
  };

const metadata = (limits: SubmissionLimits) => {
  const value = text("the value", 0, limits.metadataValueCharsMax);
  const pairs = z.record(text("the key", 1, limits.metadataValueCharsMax), value);
  return z
    .preprocess(refuseProto<z.input<typeof pairs>>(), pairs)
    .refine((value) => Object.keys(value).length <= limits.metadataPairsMax, {
      message: `more than ${limits.metadataPairsMax} pairs`,
    })
    .meta({
      description: "Strings of the client's own, which come back with the job.",
      maxProperties: limits.metadataPairsMax,
      propertyNames: { minLength: 1, maxLength: limits.metadataValueCharsMax, not: { const: "__proto__" } },
    });
};

const refuseOddUrl = (url: string): string | null =>
  isHttpUri(url)
    ? null
    : "the URL is not written as RFC 3986 has it: other characters are escaped, and names beyond ASCII are written as xn--";

/** Where a webhook may go; anywhere where there are none. */
export const webhookUrlSchema = ({ webhooks }: Pick<SubmissionLimits, "webhooks">) =>
  z
    .string()
    .superRefine((url, context) => {
      // Whoever wants a webhook and cannot have one is told at `webhook` itself.
      const refusal = webhooks && (refuseWebhookUrl(url, webhooks) ?? refuseOddUrl(url));
      if (refusal) context.addIssue({ code: "custom", message: refusal });
    })
    .meta({
      format: "uri",
      maxLength: WEBHOOK_URL_CHARACTERS_MAX,
      description: "Where it is told: a public HTTPS URL, unless this service allows others.",
      example: "https://example.com/semblance",
    });

const webhook = (limits: SubmissionLimits) =>
  z
    .strictObject({
      url: webhookUrlSchema(limits),
      events: z
        .array(z.enum(WEBHOOK_EVENTS))
        .refine(({ length }) => length > 0, "is empty")
        .refine(({ length }) => length <= WEBHOOK_EVENTS.length, "names an event twice")
        .default([...WEBHOOK_EVENTS])
        .meta({
          description: "Which ends are told; all unless given.",
          minItems: 1,
          maxItems: WEBHOOK_EVENTS.length,
        }),
    })
    .refine(() => limits.webhooks !== null, {
      message: "webhooks are not configured here: WEBHOOK_MASTER_SECRET is not set",
    })
    .meta({ description: "A signed message to your own server when the job has ended." });

const concernsMetric = ([field]: readonly PropertyKey[] = []) =>
  field === undefined || field === "metric" || field === "metric_options";

/** Everything of a submission but its candidates, which are never parsed here. */
export const submissionEnvelopeSchema = (limits: SubmissionLimits) =>
  z
    .strictObject({
      query: text("the query", 1, limits.queryCharsMax).meta({
        description: "The text that every candidate is compared with.",
      }),
      metric: z.enum(METRIC_NAMES).default("ratio"),
      metric_options: z
        .preprocess(refuseProto<MetricOptions>(), z.record(z.string(), z.unknown()))
        .default({})
        .meta({
          description: "The metric's own options, as `GET /v1/similarity-metrics` tells them.",
        }),
      normalize: normalizeSchema.optional().meta({
        description:
          "How query and candidates are normalized before they are compared; as they are when absent.",
      }),
      top_n: z
        .int()
        .min(1)
        .max(Number.MAX_SAFE_INTEGER)
        .optional()
        .meta({ description: "How many results come back; all when absent." }),
      threshold: z
        .number()
        .min(0)
        .max(1)
        .optional()
        .meta({ description: "Results below this score are dropped." }),
      timeout_ms: z.int().min(100).max(limits.jobTimeoutMs).default(limits.jobTimeoutMs).meta({
        description: "How long one attempt may run.",
      }),
      expires_in_ms: z.int().min(1_000).max(limits.expiresInMsMax).default(limits.expiresInMsDefault).meta({
        description: "How long the job may wait for its start.",
      }),
      priority: z.enum(PRIORITIES).default("normal").meta({
        description:
          "How the job stands beside others of yours: of those that wait, `high` ones are begun twice as often as `normal` ones, and four times as often as `low` ones. It takes no turn from other tenants.",
      }),
      webhook: webhook(limits).optional(),
      metadata: metadata(limits).default({}),
    })
    .superRefine(
      (envelope, context) => {
        const options = metricDefinitions[envelope.metric].options.safeParse(envelope.metric_options);
        for (const issue of options.error?.issues ?? []) {
          context.addIssue({ ...issue, path: ["metric_options", ...issue.path] } as Parameters<
            typeof context.addIssue
          >[0]);
        }
      },
      // Else only when nothing at all is wrong elsewhere.
      { when: ({ issues }) => !issues.some(({ path }) => concernsMetric(path)) },
    );

export type SubmissionEnvelope = z.infer<ReturnType<typeof submissionEnvelopeSchema>>;

/** One candidate: its text alone, or with an id that comes back in the result. */
export const candidateSchema = (limits: SubmissionLimits) =>
  z.union([
    z.string().max(limits.candidateCharsMax),
    z.strictObject({
      id: z.string().min(1).max(limits.idCharsMax).optional(),
      text: z.string().max(limits.candidateCharsMax),
    }),
  ]);

type SubmissionShape = ReturnType<typeof submissionEnvelopeSchema>["shape"] & {
  candidates: z.ZodArray<ReturnType<typeof candidateSchema>>;
};

/** A whole submission as a client writes it; what has a default may be left out. */
export type SubmissionInput = z.input<z.ZodObject<SubmissionShape>>;
