import { z } from "zod";
import { flag, integer, oneOf, text, url, type Variable } from "./variables.ts";

const SAMPLERS = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const;

/** OpenTelemetry's own variables, by their own names and defaults, as far as they are followed here (its specification, version 1.53). */
export const tracingVariables = {
  OTEL_SDK_DISABLED: flag("Whether no traces are recorded, whatever else is set."),
  OTEL_TRACES_EXPORTER: {
    schema: z.enum(["", "none", "otlp", "console"], "is none of none, otlp, console"),
    default: "",
    meaning: "Where traces go: to an OTLP endpoint, for a look to standard output, or nowhere.",
    defaultMeaning: "`otlp` when an endpoint is set, else `none`",
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: url(
    "",
    ["http:", "https:"],
    "The collector that traces are sent to, such as `http://collector:4318`; `/v1/traces` is added. `OTEL_EXPORTER_OTLP_HEADERS`, `_TIMEOUT`, `_COMPRESSION` and `_CERTIFICATE` are followed, too.",
  ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url(
    "",
    ["http:", "https:"],
    "The same for traces alone; nothing is added to it.",
  ),
  OTEL_EXPORTER_OTLP_PROTOCOL: {
    schema: z.enum(["http/protobuf"], "must be http/protobuf"),
    default: "http/protobuf",
    meaning: "How traces are sent there; nothing else is supported.",
  },
  OTEL_SERVICE_NAME: {
    ...text("", "What the process is called in traces; `OTEL_RESOURCE_ATTRIBUTES` adds more."),
    defaultMeaning: "`semblance-api`, `semblance-worker`",
  },
  OTEL_TRACES_SAMPLER: oneOf(
    SAMPLERS,
    "parentbased_always_on",
    "Which traces are recorded: by whoever began them, unless they begin here.",
  ),
  OTEL_TRACES_SAMPLER_ARG: {
    schema: z.coerce
      .number("is no number from 0 to 1")
      .min(0, "is no number from 0 to 1")
      .max(1, "is no number from 0 to 1"),
    default: "1",
    meaning: "How many of them, from 0 to 1, where the sampler takes a ratio.",
  },
  OTEL_BSP_SCHEDULE_DELAY: integer(
    5_000,
    { min: 1, max: 600_000 },
    "How long ended spans wait to be sent together, in milliseconds.",
  ),
  OTEL_BSP_EXPORT_TIMEOUT: integer(
    30_000,
    { min: 1, max: 600_000 },
    "How long the sending may take, in milliseconds.",
  ),
  OTEL_BSP_MAX_QUEUE_SIZE: integer(
    2_048,
    { min: 1, max: 1_000_000 },
    "How many spans may wait; those beyond it are dropped.",
  ),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: integer(
    512,
    { min: 1, max: 1_000_000 },
    "How many spans are sent at once.",
  ),
} satisfies Record<string, Variable<unknown>>;
