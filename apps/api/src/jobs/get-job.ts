import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { isDone } from "@semblance/shared/job/job-record";
import type { Dependencies, Env } from "../dependencies.ts";
import { headerRef } from "../operations/response-headers.ts";
import { problemResponses } from "../problems/problem-schema.ts";
import { readPreference, tellPreference } from "../waiting/read-preference.ts";
import { waitForEnd } from "../waiting/wait-for-end.ts";
import { queuedJobExample, resultExample, succeededJobExample } from "./job-examples.ts";
import {
  jobIdParams,
  jobWithResultSchema,
  notModified,
  preferenceHeaders,
  preferParameter,
  resultParameters,
} from "./job-responses.ts";
import { readJob } from "./read-job.ts";
import { respondWithJob } from "./respond-with-job.ts";

const route = createRoute({
  method: "get",
  path: "/v1/jobs/{id}",
  operationId: "getJob",
  tags: ["Jobs"],
  summary: "Read a job, and its result once it has succeeded",
  description:
    "Answers at once with the job as it is, or, with `Prefer: wait=N`, when it has ended or the time is over. Until then `result` is `null`.",
  parameters: [preferParameter, ...resultParameters],
  request: { params: jobIdParams },
  responses: {
    200: {
      description: "The job, when it has ended or was waited for long enough.",
      headers: {
        "Retry-After": headerRef("PollAfter"),
        ...preferenceHeaders,
        ETag: headerRef("ETagOnceDone"),
        "Content-Encoding": headerRef("ContentEncoding"),
      },
      content: {
        "application/json": {
          schema: jobWithResultSchema,
          examples: {
            succeeded: {
              summary: "A job that has succeeded",
              value: { ...succeededJobExample, result: resultExample },
            },
            queued: { summary: "A job that waits", value: { ...queuedJobExample, result: null } },
          },
        },
      },
    },
    304: {
      ...notModified,
      headers: { ...notModified.headers, "Preference-Applied": headerRef("PreferenceApplied") },
    },
    ...problemResponses("not-found", "store-unavailable", "internal"),
  },
});

export const getJob = (app: OpenAPIHono<Env>, deps: Dependencies) =>
  app.openapi(route, async (context) => {
    const { id } = context.req.valid("param");
    const { tenant } = context.var;
    const preference = readPreference(context, deps.preferWaitMaxS);
    const { waitS } = preference;
    const job =
      waitS === null
        ? await readJob(deps, tenant, id)
        : await waitForEnd(deps, { tenant, id, waitS, outgoing: context.env.outgoing });
    tellPreference(context, preference);
    if (!isDone(job.record.status)) context.header("Retry-After", String(await deps.monitor.pollAfterS()));
    return (await respondWithJob(context, job, deps)) as never;
  });
