import { ConnectionError } from "./errors.ts";
import { ServerSentEventParser } from "./server-sent-events.ts";
import { sleep } from "./sleep.ts";
import type { TimeLimit } from "./time-limit.ts";
import type { Transport } from "./transport.ts";
import type { Job, JobEvent, Progress } from "./wire-types.ts";

/** The API says something every 15 s. */
const SILENCE_MS = 45_000;
const RECONNECT_MS = 1_000;
/** Connections in a row that bring nothing. */
const FRUITLESS_MAX = 5;

const toJobEvent = (type: string, data: string): JobEvent | undefined => {
  switch (type) {
    case "status":
      return { type, job: JSON.parse(data) as Job };
    case "progress":
      return { type, progress: JSON.parse(data) as Progress };
    default:
      return undefined;
  }
};

/**
 * A job's events up to its final status, over as many connections as it takes. On each new one the API tells the present state first.
 *
 * @throws what opening the stream throws; {@link ConnectionError} when several connections in a row bring nothing
 */
export async function* followJob(
  transport: Transport,
  id: string,
  limit: TimeLimit,
): AsyncGenerator<JobEvent, void> {
  let reconnectMs = RECONNECT_MS;
  let lastEventId = "";
  for (let fruitless = 0; ; fruitless++) {
    const headers: Record<string, string> = { Accept: "text/event-stream" };
    if (lastEventId) headers["Last-Event-ID"] = lastEventId;
    const call = { path: `/v1/jobs/${encodeURIComponent(id)}/events`, headers, limit };
    const parser = new ServerSentEventParser();
    let failure: unknown;
    try {
      for await (const bytes of transport.bytes(call, "text/event-stream", SILENCE_MS)) {
        for (const { type, data } of parser.push(bytes)) {
          const event = toJobEvent(type, data);
          if (!event) continue;
          fruitless = 0;
          yield event;
          if (event.type === "status" && event.job.done) return;
        }
      }
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      failure = error;
    }
    if (fruitless + 1 >= FRUITLESS_MAX) {
      throw failure ?? new ConnectionError("the stream ended again and again before its job");
    }
    reconnectMs = parser.reconnectMs ?? reconnectMs;
    lastEventId = parser.lastEventId || lastEventId;
    // So that those whose connections broke together do not come back together.
    await sleep(reconnectMs * (1 + Math.random() / 2), limit.signal);
  }
}
