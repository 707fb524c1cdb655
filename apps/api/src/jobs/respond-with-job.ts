import { toJobView, type ViewOptions } from "@semblance/shared/job/job-view";
import type { Context } from "hono";
import { JSON_HEADERS } from "./job-responses.ts";
import type { StoredJob } from "./read-job.ts";
import { respondWithResult } from "./result-body.ts";

/** Answers with a job and its result, `null` before it has succeeded. */
export const respondWithJob = async (
  context: Context,
  { record, metadata, result }: StoredJob,
  options: ViewOptions,
): Promise<Response> => {
  const open = `${JSON.stringify(toJobView(record, metadata, options)).slice(0, -1)},"result":`;
  if (!result) return context.body(`${open}null}`, 200, JSON_HEADERS);
  return respondWithResult(context, record.id, open, result, "}");
};
