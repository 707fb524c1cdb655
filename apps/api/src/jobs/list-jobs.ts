import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { isJobId, JOB_ID } from "@semblance/shared/job/job-id";
import { JOB_STATUSES, type JobStatus } from "@semblance/shared/job/job-record";
import { toJobView } from "@semblance/shared/job/job-view";
import type { RedisKeys } from "@semblance/shared/redis/keys";
import type { Redis } from "ioredis";
import type { Dependencies, Env } from "../dependencies.ts";
import { problemResponses } from "../problems/problem-schema.ts";
import { queuedJobExample, succeededJobExample } from "./job-examples.ts";
import { jobSchema, wholeNumber } from "./job-responses.ts";
import { type JobSummary, readJobs } from "./read-job.ts";

const LIMIT = { max: 100, default: 20 };
/** A filter that few jobs pass looks no further than that in one call; the cursor leads on. */
const LOOKED_AT_MAX = 1_000;
const PAGE = 100;

const query = z.object({
  status: z.enum(JOB_STATUSES).optional().openapi({ description: "Only jobs with this status." }),
  limit: wholeNumber(z.int().min(1).max(LIMIT.max))
    .transform((limit) => limit ?? LIMIT.default)
    .openapi({
      type: "integer",
      minimum: 1,
      maximum: LIMIT.max,
      default: LIMIT.default,
      description: "How many jobs come at the most.",
    }),
  cursor: z.string().refine(isJobId, "not a cursor of an earlier answer").optional().openapi({
    pattern: JOB_ID.source,
    description: "`next_cursor` of the answer before.",
    example: queuedJobExample.id,
  }),
});

const listSchema = z
  .object({
    jobs: z.array(jobSchema).openapi({ description: "The newest first." }),
    next_cursor: z.string().nullable().openapi({
      pattern: JOB_ID.source,
      description:
        "What to ask for the jobs before these with; `null` when there are none. With a filter there may be some although `jobs` is short, or empty.",
    }),
  })
  .openapi("JobList", { description: "Some of the jobs of a tenant." });

const route = createRoute({
  method: "get",
  path: "/v1/jobs",
  operationId: "listJobs",
  tags: ["Jobs"],
  summary: "List jobs, the newest first",
  description: "Those of the API key's tenant that are still kept, page by page.",
  request: { query },
  responses: {
    200: {
      description: "The jobs.",
      content: {
        "application/json": {
          schema: listSchema,
          example: { jobs: [succeededJobExample], next_cursor: succeededJobExample.id },
        },
      },
    },
    ...problemResponses("invalid-request", "store-unavailable", "internal"),
  },
});

/** Ids of a tenant's jobs from the one before the cursor on: the index stands in the order of tenants and ids, and ids in that of time. */
const findIds = async (
  { redis, keys }: { redis: Redis; keys: RedisKeys },
  tenant: string,
  cursor: string | undefined,
  count: number,
): Promise<string[]> => {
  // The character behind the colon ends what begins with the tenant's name and a colon.
  const before = cursor === undefined ? `(${tenant};` : `(${tenant}:${cursor}`;
  const members = await redis.zrevrangebylex(keys.jobIndex, before, `(${tenant}:`, "LIMIT", 0, count);
  return members.map((member) => member.slice(tenant.length + 1));
};

interface Page {
  jobs: JobSummary[];
  nextCursor: string | null;
}

const findJobs = async (
  deps: Dependencies,
  tenant: string,
  { status, limit, cursor }: { status?: JobStatus | undefined; limit: number; cursor?: string | undefined },
): Promise<Page> => {
  const jobs: JobSummary[] = [];
  let at = cursor;
  // Without a filter nearly all of them pass; one more tells whether there are any behind.
  const page = status === undefined ? limit + 1 : PAGE;
  for (let lookedAt = 0; lookedAt < LOOKED_AT_MAX; lookedAt += page) {
    const ids = await findIds(deps, tenant, at, page);
    const found = await readJobs(deps, tenant, ids);
    for (const [index, id] of ids.entries()) {
      if (jobs.length === limit) return { jobs, nextCursor: at ?? null };
      at = id;
      const job = found[index];
      if (job && (status === undefined || job.record.status === status)) jobs.push(job);
    }
    if (ids.length < page) return { jobs, nextCursor: null };
  }
  return { jobs, nextCursor: at ?? null };
};

export const listJobs = (app: OpenAPIHono<Env>, deps: Dependencies) =>
  app.openapi(route, async (context) => {
    const { jobs, nextCursor } = await findJobs(deps, context.var.tenant, context.req.valid("query"));
    const views = jobs.map(({ record, metadata }) => toJobView(record, metadata, deps));
    return context.json({ jobs: views, next_cursor: nextCursor }, 200);
  });
