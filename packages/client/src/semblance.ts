import { JobFailedError, ProblemError, TimeoutError } from "./errors.ts";
import { followJob } from "./follow-job.ts";
import { sleep } from "./sleep.ts";
import { TimeLimit } from "./time-limit.ts";
import { type Answer, type Call, Transport, type TransportOptions } from "./transport.ts";
import type {
  Attempt,
  BatchItem,
  Delivery,
  Job,
  JobEvent,
  JobPage,
  JobStatus,
  JobWithResult,
  Position,
  Queue,
  Result,
  SimilarityMetric,
  Submission,
} from "./wire-types.ts";

export interface SemblanceOptions extends TransportOptions {
  /** How long a call may take, its retries and waits included, unless it says so itself. 60,000 unless given. */
  timeoutMs?: number;
}

export interface CallOptions {
  /** Ends the call, which then throws the signal's reason. */
  signal?: AbortSignal | undefined;
  /** How long the call may take, its retries and waits included; beyond it throws {@link TimeoutError}. */
  timeoutMs?: number | undefined;
}

export interface SubmitOptions extends CallOptions {
  /** Makes several submissions of the same body one job, also across processes; a random one unless given. */
  idempotencyKey?: string | undefined;
}

/** Proxies tend to end what is silent for 30 s or 60 s. */
const WAIT_S_MAX = 25;
/** After it a job's id is known, so that the job can be canceled. */
const FIRST_WAIT_S = 1;
const CANCEL_LIMIT_MS = 10_000;
/** Between two requests for the end of a job when the API does not hold its answers. */
const POLL_MS_MIN = 1_000;

const jobPath = (id: string, part = "") => `/v1/jobs/${encodeURIComponent(id)}${part}`;

const deliveryPath = (id: string, part = "") => `/v1/deliveries/${encodeURIComponent(id)}${part}`;

const toQuery = (parameters: Record<string, string | number | undefined>): string => {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) query.set(name, `${value}`);
  }
  return query.size === 0 ? "" : `?${query}`;
};

/** What comes first; the promise goes on, its failure being nobody's any more. */
const orAborted = <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });

/**
 * A client of the Semblance API. Requests are sent again where that helps; a submission carries an `Idempotency-Key`, so that it makes one
 * job however often it is sent.
 *
 * Every call throws {@link ProblemError} for an answer that is an error, `ConnectionError` when there is none, {@link TimeoutError}
 * when its time is over, and the reason of its signal.
 */
export class Semblance {
  readonly #transport: Transport;
  readonly #timeoutMs: number;

  /** @throws {TypeError} when `url` is none, or `apiKey` cannot be a header */
  constructor(options: SemblanceOptions) {
    this.#transport = new Transport(options);
    this.#timeoutMs = options.timeoutMs ?? 60_000;
  }

  /**
   * Scores, as the pool of worker threads in a service would: returns the result, or throws. A job that nobody waits for any more, since
   * the signal aborts or the time is over, is canceled.
   *
   * @throws {JobFailedError} when the job ends otherwise than `succeeded`
   */
  async score(input: Submission, options: SubmitOptions = {}): Promise<Result> {
    const submission = this.#submission(input, options.idempotencyKey, FIRST_WAIT_S);
    const limit = this.#limit(options);
    const submitted = this.#body<JobWithResult>({ ...submission, limit, outlivesLimit: true });
    try {
      const job = await orAborted(submitted, limit.signal);
      const ended = job.done && "result" in job ? job : await this.#waitForEnd(job.id, limit);
      if (!ended.result) throw new JobFailedError(ended);
      return ended.result;
    } catch (error) {
      if (!(error instanceof JobFailedError)) this.#abandon(submitted);
      throw error;
    } finally {
      limit.end();
    }
  }

  /**
   * Submits a job.
   *
   * @param options.waitS for how long the answer may wait for the job's end, in seconds
   * @returns the job; with its result if it has ended within that time
   */
  async submit(
    input: Submission,
    options: SubmitOptions & { waitS?: number | undefined } = {},
  ): Promise<Job & Partial<JobWithResult>> {
    const { waitS = 0, timeoutMs = this.#timeoutMs + waitS * 1_000 } = options;
    const submission = this.#submission(input, options.idempotencyKey, waitS);
    return this.#call({ ...options, timeoutMs }, submission);
  }

  /** Submits many jobs at once; each is accepted or refused by itself, in the order given. */
  async submitBatch(inputs: Submission[], options: SubmitOptions = {}): Promise<BatchItem[]> {
    const { idempotencyKey = crypto.randomUUID() } = options;
    const { items } = await this.#call<{ items: BatchItem[] }>(options, {
      method: "POST",
      path: "/v1/jobs/batch",
      headers: { "Idempotency-Key": idempotencyKey },
      body: JSON.stringify({ jobs: inputs }),
    });
    return items;
  }

  get(id: string, options: CallOptions = {}): Promise<JobWithResult> {
    return this.#call(options, { path: jobPath(id) });
  }

  /** Waits until a job has ended, however it did. */
  wait(id: string, options: CallOptions = {}): Promise<JobWithResult> {
    return this.#within(options, (limit) => this.#waitForEnd(id, limit));
  }

  /**
   * Follows a job until it has ended, over new connections where one breaks. Its first event, and the first after a new connection, is a
   * `status`; the last one is the final `status`.
   */
  async *stream(id: string, options: CallOptions = {}): AsyncGenerator<JobEvent, void> {
    const limit = this.#limit(options);
    try {
      yield* followJob(this.#transport, id, limit);
    } finally {
      limit.end();
    }
  }

  /** Cancels a job that has not ended. One that is canceled already is returned, since the first answer may have been lost. */
  cancel(id: string, options: CallOptions = {}): Promise<Job> {
    return this.#within(options, async (limit) => {
      try {
        return await this.#body<Job>({ method: "POST", path: jobPath(id, "/cancel"), limit });
      } catch (error) {
        if (!(error instanceof ProblemError && error.code === "already-done")) throw error;
        const job = await this.#body<Job>({ path: jobPath(id), limit });
        if (job.status !== "canceled") throw error;
        return job;
      }
    });
  }

  /** Deletes a job that has ended, and all that is kept of it. One that is not there counts as deleted. */
  async delete(id: string, options: CallOptions = {}): Promise<void> {
    try {
      await this.#call(options, { method: "DELETE", path: jobPath(id) });
    } catch (error) {
      if (!(error instanceof ProblemError && error.code === "not-found")) throw error;
    }
  }

  /** Reads the result alone; a part of it where the API can tell parts. */
  result(
    id: string,
    options: CallOptions & { limit?: number | undefined; offset?: number | undefined } = {},
  ): Promise<Result> {
    const { limit, offset } = options;
    return this.#call(options, { path: jobPath(id, `/result${toQuery({ limit, offset })}`) });
  }

  /** Reads a page of the jobs there are, newest first; `cursor` is the `next_cursor` of the page before. */
  list(
    options: CallOptions & {
      status?: JobStatus | undefined;
      limit?: number | undefined;
      cursor?: string | undefined;
    } = {},
  ): Promise<JobPage> {
    const { status, limit, cursor } = options;
    return this.#call(options, { path: `/v1/jobs${toQuery({ status, limit, cursor })}` });
  }

  /** Reads where a job stands in line. */
  position(id: string, options: CallOptions = {}): Promise<Position> {
    return this.#call(options, { path: jobPath(id, "/position") });
  }

  /** Reads why attempts of a job failed, the oldest first; also of a job that succeeded after all. */
  async attempts(id: string, options: CallOptions = {}): Promise<Attempt[]> {
    const path = jobPath(id, "/attempts");
    return (await this.#call<{ attempts: Attempt[] }>(options, { path })).attempts;
  }

  /** Reads what a submission's `metric` may be, and what `metric_options` each takes. */
  async similarityMetrics(options: CallOptions = {}): Promise<SimilarityMetric[]> {
    const path = "/v1/similarity-metrics";
    return (await this.#call<{ metrics: SimilarityMetric[] }>(options, { path })).metrics;
  }

  queue(options: CallOptions = {}): Promise<Queue> {
    return this.#call(options, { path: "/v1/queue" });
  }

  /** Reads what became of a job's webhook, attempt by attempt; none before the job has ended. */
  async deliveries(jobId: string, options: CallOptions = {}): Promise<Delivery[]> {
    const path = jobPath(jobId, "/deliveries");
    return (await this.#call<{ deliveries: Delivery[] }>(options, { path })).deliveries;
  }

  /** Reads what became of one webhook, such as a test's. */
  delivery(deliveryId: string, options: CallOptions = {}): Promise<Delivery> {
    return this.#call(options, { path: deliveryPath(deliveryId) });
  }

  /** Has a webhook sent again, whatever has become of it. */
  redeliver(deliveryId: string, options: CallOptions = {}): Promise<Delivery> {
    return this.#call(options, { method: "POST", path: deliveryPath(deliveryId, "/redeliver") });
  }

  /** Has a test message sent to a URL, once; its delivery tells what came of it. */
  testWebhook(url: string, options: CallOptions = {}): Promise<Delivery> {
    return this.#call(options, { method: "POST", path: "/v1/webhooks/test", body: JSON.stringify({ url }) });
  }

  #submission(input: Submission, idempotencyKey: string = crypto.randomUUID(), waitS = 0) {
    return {
      method: "POST",
      path: "/v1/jobs",
      headers: { "Idempotency-Key": idempotencyKey },
      body: JSON.stringify(input),
      ...(waitS > 0 ? { waitS } : {}),
    } as const;
  }

  async #waitForEnd(id: string, limit: TimeLimit): Promise<JobWithResult> {
    for (;;) {
      const askedMs = performance.now();
      const waitS = Math.min(WAIT_S_MAX, Math.ceil((limit.untilMs - askedMs) / 1_000));
      const { body, retryAfterS } = await this.#answer<JobWithResult>({ path: jobPath(id), waitS, limit });
      if (body.done) return body;
      // The API is shutting down, or configured not to wait.
      if (performance.now() - askedMs < POLL_MS_MIN) {
        await sleep(Math.max(POLL_MS_MIN, (retryAfterS ?? 0) * 1_000), limit.signal);
      }
    }
  }

  /** Cancels, as well as can be, what was submitted and nobody waits for. */
  #abandon(submitted: Promise<Job>): void {
    submitted
      .then(({ id, done }) => (done ? undefined : this.cancel(id, { timeoutMs: CANCEL_LIMIT_MS })))
      .catch(() => undefined);
  }

  #limit({ signal, timeoutMs = this.#timeoutMs }: CallOptions): TimeLimit {
    return new TimeLimit(timeoutMs, () => new TimeoutError(timeoutMs), signal);
  }

  async #within<T>(options: CallOptions, run: (limit: TimeLimit) => Promise<T>): Promise<T> {
    const limit = this.#limit(options);
    try {
      return await run(limit);
    } finally {
      limit.end();
    }
  }

  #call<Body>(options: CallOptions, call: Omit<Call, "limit">): Promise<Body> {
    return this.#within(options, (limit) => this.#body<Body>({ ...call, limit }));
  }

  #answer<Body>(call: Call): Promise<Answer<Body>> {
    return this.#transport.json(call);
  }

  async #body<Body>(call: Call): Promise<Body> {
    return (await this.#answer<Body>(call)).body;
  }
}
