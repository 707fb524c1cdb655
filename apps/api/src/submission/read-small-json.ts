import { JsonSyntaxError } from "@semblance/similarity/json/json-syntax-error";
import { requireUtf8 } from "@semblance/similarity/json/require-utf8";
import { expectEnd, skipValue, skipWhitespace } from "@semblance/similarity/json/scan-json";
import type { Context } from "hono";
import type { z } from "zod";
import type { Env } from "../dependencies.ts";
import { Problem } from "../problems/problem.ts";
import { ISSUES_MAX, toProblemIssues } from "../problems/zod-issues.ts";
import { invalidJson } from "./invalid-json.ts";
import { readBody } from "./read-body.ts";
import { requireJson } from "./require-json.ts";

/** Bytes of a body that holds no texts. */
const SMALL_BODY_BYTES_MAX = 16_384;

/** JSON.parse does not tell the byte, and takes what is no UTF-8. */
const requireValid = (bytes: Uint8Array): void => {
  try {
    requireUtf8(bytes);
    expectEnd(bytes, skipValue(bytes, skipWhitespace(bytes, 0)));
  } catch (error) {
    throw error instanceof JsonSyntaxError ? invalidJson(error) : error;
  }
};

/**
 * Reads the body of a call that takes little.
 *
 * @throws {Problem} `unsupported-media-type`, `body-too-large`, `invalid-json` with the offset of the first wrong byte; `invalid-request` with
 * every wrong place
 */
export const readSmallJson = async <Schema extends z.ZodType>(
  context: Context<Env>,
  schema: Schema,
): Promise<z.output<Schema>> => {
  requireJson(context.req.raw);
  const bytes = await readBody(context.env.incoming, SMALL_BODY_BYTES_MAX);
  requireValid(bytes);
  const parsed = schema.safeParse(JSON.parse(bytes.toString()));
  if (parsed.success) return parsed.data;
  throw new Problem("invalid-request", { errors: toProblemIssues(parsed.error).slice(0, ISSUES_MAX) });
};
