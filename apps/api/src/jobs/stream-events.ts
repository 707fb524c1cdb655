import { setTimeout as delay } from "node:timers/promises";
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { describeError } from "@semblance/shared/errors/describe-error";
import { toJobView } from "@semblance/shared/job/job-view";
import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import type { Dependencies, Env } from "../dependencies.ts";
import { problemResponses } from "../problems/problem-schema.ts";
import { eventsExample } from "./job-examples.ts";
import { jobIdParams } from "./job-responses.ts";
import { readJob, type StoredJob } from "./read-job.ts";

/** OpenAPI 3.1 knows no streams: what the data of each kind of event is stands in a field of ours. */
const eventData = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** Proxies close connections on which nothing is said for long. */
const HEARTBEAT_MS = 15_000;
/** When a client whose stream broke off is to come back. */
const RECONNECT_MS = 1_000;

const route = createRoute({
  method: "get",
  path: "/v1/jobs/{id}/events",
  operationId: "followJob",
  tags: ["Jobs"],
  summary: "Follow a job until it has ended",
  description:
    "Server-sent events: `status`, whose data is the job, at once and whenever its status changes, the final one being the last; and `progress`, whose data is the job's `progress`. No event is kept: who comes back is told the present state first.",
  request: { params: jobIdParams },
  responses: {
    200: {
      description: "The events.",
      content: {
        "text/event-stream": {
          schema: { type: "string" },
          example: eventsExample,
          "x-event-data": { status: eventData("Job"), progress: eventData("Progress") },
        },
      },
    },
    ...problemResponses("not-found", "store-unavailable", "internal"),
  },
});

/** What has happened since it was looked last; however much it was, it is one look. */
class Changes {
  isOver = false;
  #told = Promise.withResolvers<void>();

  tell(): void {
    this.#told.resolve();
  }

  end(): void {
    this.isOver = true;
    this.tell();
  }

  /** @returns whether there was any within the time */
  async next(limitMs: number): Promise<boolean> {
    const timer = new AbortController();
    const isTold = await Promise.race([
      this.#told.promise.then(() => true),
      delay(limitMs, false, { signal: timer.signal, ref: false }).catch(() => false),
    ]);
    timer.abort();
    if (isTold) this.#told = Promise.withResolvers();
    return isTold;
  }
}

export const streamEvents = (app: OpenAPIHono<Env>, deps: Dependencies) =>
  app.openapi(route, async (context) => {
    const { id } = context.req.valid("param");
    const { tenant } = context.var;
    if (context.req.method === "HEAD") {
      await readJob(deps, tenant, id);
      return context.body(null, 200, { "Content-Type": "text/event-stream" }) as never;
    }
    const { outgoing } = context.env;
    const changes = new Changes();
    const stop = await deps.events.listen(id, (event) => {
      if (event === "closed") changes.end();
      else changes.tell();
    });
    outgoing.once("close", () => changes.end());
    if (outgoing.destroyed) changes.end();

    let sequence = 0;
    let sent: { status: string; scored: number } | undefined;
    /** @returns whether it was the last */
    const send = async (stream: SSEStreamingApi, { record, metadata }: StoredJob): Promise<boolean> => {
      const view = toJobView(record, metadata, deps);
      const isNews = sent?.status !== view.status;
      if (isNews || sent?.scored !== view.progress.scored) {
        sequence += 1;
        const [event, data] = isNews ? ["status", view] : ["progress", view.progress];
        await stream.writeSSE({ id: String(sequence), event: event as string, data: JSON.stringify(data) });
      }
      sent = { status: view.status, scored: view.progress.scored };
      return view.done;
    };

    const follow = async (stream: SSEStreamingApi, first: StoredJob): Promise<void> => {
      await stream.write(`retry: ${RECONNECT_MS}\n\n`);
      let job = first;
      while (!(await send(stream, job)) && !changes.isOver) {
        if (!(await changes.next(HEARTBEAT_MS))) await stream.write(":\n\n");
        // Also when nothing was told: an event may be lost with the connection that was to bring it.
        job = await readJob(deps, tenant, id);
      }
    };

    try {
      const first = await readJob(deps, tenant, id);
      return streamSSE(context, (stream) =>
        follow(stream, first)
          // The stream ends, and the client comes back.
          .catch((error) => deps.log.debug({ jobId: id, error: describeError(error) }, "events broke off"))
          .finally(stop),
      ) as never;
    } catch (error) {
      stop();
      throw error;
    }
  });
