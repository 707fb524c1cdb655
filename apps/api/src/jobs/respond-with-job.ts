import { toJobView, type ViewOptions } from "@semblance/shared/job/job-view";
import type { Context } from "hono";
import { respondWithResult } from "../results/respond-with-result.ts";
import { readRange, type StoredResult } from "../results/stored-result.ts";
import { JSON_HEADERS } from "./job-responses.ts";
import type { StoredJob } from "./read-job.ts";

async function* splice(opening: string, result: StoredResult) {
  yield Buffer.from(opening);
  yield* readRange(result, 0, result.bytes);
  yield Buffer.from("}");
}

/** Answers with a job and its result, spliced in unparsed; `null` before it has succeeded. */
export const respondWithJob = async (
  context: Context,
  { record, metadata, result }: StoredJob,
  options: ViewOptions,
): Promise<Response> => {
  const opening = `${JSON.stringify(toJobView(record, metadata, options)).slice(0, -1)},"result":`;
  if (!result) return context.body(`${opening}null}`, 200, JSON_HEADERS);
  const { bytes } = result;
  return respondWithResult(context, {
    contentType: JSON_HEADERS["Content-Type"],
    tag: record.id,
    storedBytes: bytes,
    open: () => ({ storedBytes: bytes, pieces: splice(opening, result) }),
  });
};
