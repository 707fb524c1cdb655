import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { JobView } from "@semblance/shared/job/job-view";
import { ServerSentEventParser } from "../../packages/client/src/server-sent-events.ts";
import { eventually } from "./eventually.ts";
import { createLoadJob, type LoadJob } from "./load-job.ts";
import { createRandom, type Random } from "./random.ts";

const QUICK_CLIENTS = 6;
/** Each has a slow job under way at any time. */
const SLOW_CLIENTS = 3;
const PAUSE_MS_MAX = 150;
const POLL_MS = 100;
const BATCH_JOBS = 5;
/** No measure of speed. */
const ACCEPTANCE_LIMIT_MS = 120_000;

export interface AcceptedJob extends LoadJob {
  id: string;
  /** Which receiver is to be told of its end. */
  receiver: number | null;
  cancel: "not asked" | "asked" | "confirmed";
}

/** `503` with `Retry-After`: the one failure that clients are to expect. Its message is the problem's type. */
class Refusal extends Error {}

/** Clients that use every call of a job's life, at a bounded rate, and try nothing again. */
export interface SteadyLoad {
  accepted: AcceptedJob[];
  /** How often each kind of use was made of the API to its end. */
  uses: Map<string, number>;
  /** How many requests were answered with `503` and `Retry-After`, by the problem's type. */
  refusals: Map<string, number>;
  /** How many streams of events ended before their job did, and were taken up again. */
  resumedCount: () => number;
  /** Resolves when so many more jobs are accepted. */
  untilMoreAccepted: (count: number) => Promise<unknown>;
  /** Rejects at the first answer that no client should see, or none; resolves once the load was stopped. */
  ended: Promise<unknown>;
  /** Lets each client end what it is about. */
  stop: () => void;
}

export const startSteadyLoad = (url: string, webhookUrls: string[], seed: number): SteadyLoad => {
  const accepted: AcceptedJob[] = [];
  const uses = new Map<string, number>();
  const refusals = new Map<string, number>();
  let resumedCount = 0;
  let isStopping = false;

  /** @throws {Refusal} for `503` with `Retry-After`, and an error for any other status than these */
  const ask = async (statuses: number[], path: string, init: RequestInit = {}): Promise<Response> => {
    const what = `${init.method ?? "GET"} ${path}`;
    const response = await fetch(url + path, init).catch((cause) => {
      throw new Error(`${what} was not answered`, { cause });
    });
    if (statuses.includes(response.status)) return response;
    const text = await response.text();
    if (response.status === 503 && response.headers.has("retry-after"))
      throw new Refusal(JSON.parse(text).type);
    throw new Error(`${what} was answered with ${response.status}: ${text}`);
  };
  const askJob = async (statuses: number[], path: string, init?: RequestInit): Promise<JobView> =>
    (await (await ask(statuses, path, init)).json()) as JobView;
  const post = (body: object, headers: Record<string, string> = {}): RequestInit => ({
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

  let next = 0;
  /** A job whose end every other time is to be told of. */
  const draft = (random: Random, isSlow: boolean) => {
    const job = createLoadJob(next++, isSlow);
    const receiver = random.fraction() < 0.5 ? random.between(0, webhookUrls.length - 1) : null;
    const webhook = receiver === null ? {} : { webhook: { url: webhookUrls[receiver]! } };
    return { ...job, submission: { ...job.submission, ...webhook }, receiver };
  };
  const keep = ({ id }: { id: string }, job: Omit<AcceptedJob, "id" | "cancel">): AcceptedJob => {
    const kept: AcceptedJob = { ...job, id, cancel: "not asked" };
    accepted.push(kept);
    return kept;
  };
  const submit = async (random: Random, isSlow = false): Promise<AcceptedJob> => {
    const job = draft(random, isSlow);
    return keep(await askJob([202], "/v1/jobs", post(job.submission)), job);
  };

  const poll = async (random: Random, isSlow = false) => {
    const { id } = await submit(random, isSlow);
    while (!(await askJob([200], `/v1/jobs/${id}`)).done) await delay(POLL_MS);
    const Accept = random.pick(["application/json", "application/x-ndjson", "text/csv"]);
    const result = await ask([200], `/v1/jobs/${id}/result`, { headers: { Accept } });
    await result.arrayBuffer();
  };

  const wait = async (random: Random, isSlow = false) => {
    const job = draft(random, isSlow);
    const waiting = { Prefer: "wait=10" };
    const { id, done } = await askJob([200, 202], "/v1/jobs", post(job.submission, waiting));
    keep({ id }, job);
    for (let isDone = done; !isDone; ) {
      ({ done: isDone } = await askJob([200], `/v1/jobs/${id}`, { headers: waiting }));
    }
  };

  const follow = async (random: Random, isSlow = false) => {
    const { id } = await submit(random, isSlow);
    for (let headers: Record<string, string> = {}; ; resumedCount += 1) {
      const response = await ask([200], `/v1/jobs/${id}/events`, { headers });
      const parser = new ServerSentEventParser();
      // Throws when the stream was cut off rather than ended.
      const events = parser.push(await response.bytes());
      const statuses = events.filter(({ type }) => type === "status");
      if (statuses.length === 0 || events[0] !== statuses[0]) throw new Error("it began with no status");
      if ((JSON.parse(statuses.at(-1)!.data) as JobView).done) return;
      if (parser.reconnectMs === undefined) throw new Error("it did not say when to come back");
      headers = { "Last-Event-ID": parser.lastEventId };
    }
  };

  const submitTwice = async (random: Random) => {
    const job = draft(random, false);
    const request = post(job.submission, { "Idempotency-Key": randomUUID() });
    const one = await askJob([202], "/v1/jobs", request);
    keep(one, job);
    const other = await askJob([200], "/v1/jobs", request);
    if (one.id !== other.id) throw new Error("two jobs came of one key");
  };

  const submitBatch = async (random: Random) => {
    const jobs = Array.from({ length: BATCH_JOBS }, () => draft(random, false));
    const body = { jobs: jobs.map(({ submission }) => submission) };
    const response = await ask([207], "/v1/jobs/batch", post(body));
    const { items } = (await response.json()) as { items: { status: number; job: JobView }[] };
    for (const [at, { status, job }] of items.entries()) {
      if (status !== 202) throw new Error(`item ${at} of a batch was answered with ${status}`);
      keep(job, jobs[at]!);
    }
  };

  const cancel = async (random: Random) => {
    const job = await submit(random, true);
    job.cancel = "asked";
    await askJob([200], `/v1/jobs/${job.id}/cancel`, { method: "POST" });
    job.cancel = "confirmed";
  };

  const look = async () => {
    for (const path of ["/v1/queue", "/v1/jobs?limit=10"]) await (await ask([200], path)).arrayBuffer();
  };

  const QUICK_USES = { poll, wait, follow, submitTwice, submitBatch, cancel, look };
  const SLOW_USES = { poll, wait, follow };
  const runClient = async (index: number) => {
    const random = createRandom(seed, index);
    const isSlow = index < SLOW_CLIENTS;
    const choices = Object.entries(isSlow ? SLOW_USES : QUICK_USES);
    while (!isStopping) {
      const [name, use] = random.pick(choices);
      try {
        await use(random, isSlow);
        uses.set(name, (uses.get(name) ?? 0) + 1);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        refusals.set(error.message, (refusals.get(error.message) ?? 0) + 1);
      }
      await delay(random.between(0, PAUSE_MS_MAX));
    }
  };

  return {
    accepted,
    uses,
    refusals,
    resumedCount: () => resumedCount,
    untilMoreAccepted: (count) => {
      const wanted = accepted.length + count;
      return eventually(
        `${wanted} jobs are accepted`,
        () => accepted.length >= wanted || undefined,
        ACCEPTANCE_LIMIT_MS,
      );
    },
    ended: Promise.all(Array.from({ length: SLOW_CLIENTS + QUICK_CLIENTS }, (_, index) => runClient(index))),
    stop: () => {
      isStopping = true;
    },
  };
};
