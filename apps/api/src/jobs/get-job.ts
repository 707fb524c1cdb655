import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { isDone } from "@semblance/shared/job/job-record";
import type { Dependencies, Env } from "../dependencies.ts";
import { problemResponses } from "../problems/problem-schema.ts";
import { readPreference, tellPreference } from "../waiting/read-preference.ts";
import { waitForEnd } from "../waiting/wait-for-end.ts";
import {
  jobIdParams,
  jobWithResultSchema,
  notModified,
  preferenceHeaders,
  preferHeader,
  resultHeaders,
  retryAfterHeader,
} from "./job-responses.ts";
import { readJob } from "./read-job.ts";
import { respondWithJob } from "./respond-with-job.ts";

const route = createRoute({
  method: "get",
  path: "/v1/jobs/{id}",
  summary: "Read a job, and its result once it has succeeded",
  request: { params: jobIdParams, headers: preferHeader },
  responses: {
    200: {
      description: "The job, when it has ended or was waited for long enough.",
      headers: {
        ...retryAfterHeader("when to poll again, while the job is not done"),
        ...preferenceHeaders,
        ...resultHeaders,
      },
      content: { "application/json": { schema: jobWithResultSchema } },
    },
    304: notModified,
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
