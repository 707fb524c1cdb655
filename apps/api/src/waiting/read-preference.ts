import type { Context } from "hono";

/** What a client would rather have (RFC 7240), as far as it is ours to give. */
export interface Preference {
  /** How long the answer may wait for the job's end, in seconds; `null` when the client did not ask for it. */
  waitS: number | null;
  /** Whether it asked not to wait, or for no longer. */
  respondAsync: boolean;
}

const WAIT = /^wait\s*=\s*"?(\d{1,9})"?$/i;
const RESPOND_ASYNC = /^respond-async$/i;

/** Reads `Prefer`. What is unknown or makes no sense is ignored, as the RFC wants it; of two that contradict each other the first counts. */
export const readPreference = (context: Context, waitMaxS: number): Preference => {
  const preferences = (context.req.header("Prefer") ?? "")
    .split(",")
    .map((preference) => preference.split(";")[0]!.trim());
  const wait = preferences.map((preference) => WAIT.exec(preference)?.[1]).find(Boolean);
  return {
    waitS: wait === undefined ? null : Math.min(Number(wait), waitMaxS),
    respondAsync: preferences.some((preference) => RESPOND_ASYNC.test(preference)),
  };
};

/** Says which preferences were followed; an answer that depends on them says that it does, also when there were none. */
export const tellPreference = (context: Context, { waitS, respondAsync }: Preference): void => {
  context.header("Vary", "Prefer", { append: true });
  const applied = [...(respondAsync ? ["respond-async"] : []), ...(waitS === null ? [] : [`wait=${waitS}`])];
  if (applied.length > 0) context.header("Preference-Applied", applied.join(", "));
};
