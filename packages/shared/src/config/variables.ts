import { z } from "zod";
import { DEFAULT_KEY_PREFIX } from "../redis/keys.ts";
import { LOG_LEVELS } from "../telemetry/logger.ts";

/** An environment variable: how its text is read, its default, what it means. */
export interface Variable<Value> {
  schema: z.ZodType<Value>;
  /** As it would stand in the environment; empty when there is none. */
  default: string;
  /** What the documentation says of a default that depends on the machine. */
  defaultMeaning?: string;
  meaning: string;
}

export const text = (fallback: string, meaning: string): Variable<string> => ({
  schema: z.string(),
  default: fallback,
  meaning,
});

export const integer = (
  fallback: number,
  { min, max }: { min: number; max: number },
  meaning: string,
): Variable<number> => ({
  schema: z
    .string()
    .regex(/^\d+$/, `is no whole number from ${min} to ${max}`)
    .transform(Number)
    .pipe(z.number().min(min, `is below ${min}`).max(max, `is above ${max}`)),
  default: String(fallback),
  meaning,
});

/** Off unless it is set. */
export const flag = (meaning: string): Variable<boolean> => ({
  schema: z.enum(["false", "true"], "is neither true nor false").transform((value) => value === "true"),
  default: "false",
  meaning,
});

export const oneOf = <const Choices extends readonly string[]>(
  choices: Choices,
  fallback: Choices[number],
  meaning: string,
): Variable<Choices[number]> => ({
  schema: z.enum(choices, `is none of ${choices.join(", ")}`),
  default: fallback,
  meaning,
});

export const url = (fallback: string, protocols: readonly string[], meaning: string): Variable<string> => ({
  schema: z.string().refine(
    (value) => {
      if (value === "") return fallback === "";
      return URL.canParse(value) && protocols.includes(new URL(value).protocol);
    },
    `is no URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(" or ")}`,
  ),
  default: fallback,
  meaning,
});

const withoutTrailingSlashes = ({ schema, ...variable }: Variable<string>): Variable<string> => ({
  ...variable,
  schema: schema.transform((value) => value.replace(/\/+$/, "")),
});

const isOrigin = (text: string) =>
  /^https?:/.test(text) && !text.includes("*") && URL.canParse(text) && new URL(text).origin === text;

/** Origins of web pages (RFC 6454), as a browser sends them, or `*` for all. */
export const origins = (meaning: string): Variable<string[]> => ({
  schema: z
    .string()
    .transform((value) => (value === "" ? [] : value.split(",").map((origin) => origin.trim())))
    .refine(
      (list) => list.every(isOrigin) || (list.length === 1 && list[0] === "*"),
      "is neither * nor origins separated by commas, such as https://app.example.com",
    ),
  default: "",
  meaning,
});

const HOUR_MS = 3_600_000;

/** What API and worker both read. Where they run on several machines, these must be the same everywhere. */
export const commonVariables = {
  KEY_PREFIX: {
    schema: z
      .string()
      .regex(/^\{[\w.-]+\}[\w.:-]*$/, "holds no hash tag in braces at its start, such as {semblance}"),
    default: DEFAULT_KEY_PREFIX,
    meaning: "What every Redis key begins with; the braces keep all keys in one cluster slot.",
  },
  JOB_TIMEOUT_MS: integer(
    10_000,
    { min: 100, max: HOUR_MS },
    "How long one attempt of a job may run; a job's `timeout_ms` can only lower it.",
  ),
  RESULT_TTL_S: integer(
    86_400,
    { min: 1, max: 30 * 86_400 },
    "How long an ended job and its result are kept.",
  ),
  PUBLIC_URL: withoutTrailingSlashes(
    url(
      "",
      ["http:", "https:"],
      "The origin that clients reach the API under; makes the URLs in answers and webhooks absolute.",
    ),
  ),
  LOG_LEVEL: oneOf(
    LOG_LEVELS,
    "info",
    "How much is logged, as JSON lines on standard output, or as lines for people where that is a terminal.",
  ),
} satisfies Record<string, Variable<unknown>>;
