import { expect, onTestFinished, test } from "vitest";
import { createApiKey } from "../../apps/api/src/tenants/api-key.ts";
import { post, readMetric, submit, waitForEnd } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { startInProcessApi } from "../support/in-process-api.ts";
import { startInProcessWorker } from "../support/in-process-worker.ts";
import { createOwnRedis } from "../support/own-redis.ts";

const redis = createOwnRedis();

const submission = { query: "a", candidates: ["b"] };

const start = async (configured: Record<string, string> = {}) => {
  const api = await startInProcessApi({ REDIS_URL: redis.url(), ...configured });
  onTestFinished(() => api.close());
  return api.url;
};

const startWorker = async () => {
  const worker = await startInProcessWorker({ REDIS_URL: redis.url(), HEALTH_PORT: "0" });
  onTestFinished(() => worker.close());
  return worker.healthUrl;
};

const scrape = async (url: string): Promise<string[]> => {
  const response = await fetch(`${url}/metrics`);
  expect([response.status, response.headers.get("content-type")]).toEqual([
    200,
    "text/plain; version=0.0.4; charset=utf-8",
  ]);
  return (await response.text()).split("\n");
};

/** What is measured, without the values. */
const series = (lines: string[]) =>
  lines.filter((line) => line !== "" && !line.startsWith("#")).map((line) => line.replace(/ \S+$/, ""));

test("requests are counted by the template of their path, and what nothing answers together", async () => {
  const url = await start();
  const { id } = await submit(url, submission);
  for (const path of [`/v1/jobs/${id}`, "/v1/jobs/job_0", "/v1/nothing/a", "/nothing/b", "/admin/queues"]) {
    await (await fetch(`${url}${path}`)).arrayBuffer();
  }
  const counts = (await scrape(url)).filter((line) => line.startsWith("semblance_http_requests_total"));
  expect(counts.sort()).toEqual([
    'semblance_http_requests_total{method="GET",route="/admin/queues",status="200"} 1',
    'semblance_http_requests_total{method="GET",route="/v1/jobs/{id}",status="200"} 1',
    'semblance_http_requests_total{method="GET",route="/v1/jobs/{id}",status="404"} 1',
    'semblance_http_requests_total{method="GET",route="unmatched",status="404"} 2',
    'semblance_http_requests_total{method="POST",route="/v1/jobs",status="202"} 1',
  ]);
});

test("submissions are counted as accepted or by why they were refused, whichever way they came", async () => {
  const url = await start({ QUEUE_DEPTH_MAX: "3" });
  const send = (path: string, body: unknown, headers = {}) =>
    fetch(`${url}${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  await send("/v1/jobs", submission, { "Idempotency-Key": "one" });
  await send("/v1/jobs", submission, { "Idempotency-Key": "one" });
  await send("/v1/jobs", { query: 5, candidates: [] });
  await send("/v1/jobs/batch", { jobs: Array(4).fill(submission) });
  await send("/v1/jobs/batch", { jobs: [] });
  await send("/v2/rerank", { model: "ratio", query: "a", documents: ["b"] });
  const read = (line: string) => readMetric(url, line);
  expect(await read('semblance_jobs_accepted_total{tenant="other"}')).toBe(3);
  expect(await read('semblance_jobs_refused_total{reason="queue-full",tenant="other"}')).toBe(3);
  expect(await read('semblance_jobs_refused_total{reason="invalid-request",tenant="other"}')).toBe(2);
});

test("a job that nobody starts in time is counted as expired, by one of the APIs", async () => {
  const urls = [await start(), await start()];
  for (const url of urls) await submit(url, { ...submission, expires_in_ms: 1_000 });
  const readCounts = () => Promise.all(urls.map((url) => readMetric(url, "semblance_jobs_expired_total")));
  await eventually("both jobs are counted", async () => {
    const [one, other] = (await readCounts()) as [number, number];
    return one + other === 2 ? true : undefined;
  });
});

test("tenants are told by name only where METRICS_TENANTS lists them", async () => {
  const made = ["acme", "globex", "initech"].map(createApiKey);
  const url = await start({
    API_KEYS: made.map(({ line }) => line).join(","),
    METRICS_TENANTS: "acme, globex",
  });
  for (const { key } of made) await post(url, submission, { Authorization: `Bearer ${key}` });
  const counts = (await scrape(url)).filter((line) => line.startsWith("semblance_jobs_accepted_total"));
  expect(counts.sort()).toEqual(
    ["acme", "globex", "other"].map((tenant) => `semblance_jobs_accepted_total{tenant="${tenant}"} 1`),
  );
});

test("every API tells the state of the queue that they share, and a backlog also when nothing drains it", async () => {
  const urls = [await start({ QUEUE_DEPTH_MAX: "50" }), await start({ QUEUE_DEPTH_MAX: "50" })];
  for (const url of urls) await submit(url, submission);
  for (const url of urls) {
    await eventually("both jobs are seen", async () =>
      (await readMetric(url, "semblance_queue_depth")) === 2 ? true : undefined,
    );
    expect(await readMetric(url, "semblance_queue_depth_limit")).toBe(50);
    expect(await readMetric(url, "semblance_queue_backlog_seconds")).toBe(120);
    expect(await readMetric(url, "semblance_store_bytes")).toBeGreaterThan(2 * 2_048);
    expect(await readMetric(url, "semblance_workers")).toBe(0);
    expect(await scrape(url)).toContain("semblance_workers 0");
  }
});

test("a scrape while Redis hangs says so at once, and nothing of a queue that it cannot see", async () => {
  const url = await start();
  const workerUrl = await startWorker();
  for (const one of [url, workerUrl]) {
    await eventually("Redis is seen", async () =>
      (await readMetric(one, "semblance_redis_up")) === 1 ? true : undefined,
    );
  }
  expect(series(await scrape(url))).toContain("semblance_queue_depth");
  redis.freeze();
  try {
    for (const one of [url, workerUrl]) {
      await eventually("Redis is missed", async () =>
        (await scrape(one)).includes("semblance_redis_up 0") ? true : undefined,
      );
    }
    await eventually("the queue is not told of", async () =>
      series(await scrape(url)).some((one) => one.startsWith("semblance_queue_")) ? undefined : true,
    );
  } finally {
    redis.thaw();
  }
  await eventually("it is back", async () =>
    (await readMetric(url, "semblance_redis_up")) === 1 ? true : undefined,
  );
});

test("attempts are told by similarity metric and outcome, and no series names a job", async () => {
  const url = await start();
  const workerUrl = await startWorker();
  const run = async (metric: string) =>
    (await waitForEnd(url, (await submit(url, { ...submission, metric })).id)).id;
  const ids = [await run("ratio"), await run("jaro")];
  // Which is a request as well.
  await scrape(url);
  const before = { api: series(await scrape(url)), worker: series(await scrape(workerUrl)) };
  for (const metric of ["ratio", "jaro", "ratio"]) ids.push(await run(metric));
  const after = { api: series(await scrape(url)), worker: series(await scrape(workerUrl)) };
  expect(after).toEqual(before);
  for (const id of ids) expect(JSON.stringify(after)).not.toContain(id);
  const count = (metric: string) =>
    readMetric(workerUrl, `semblance_attempt_duration_seconds_count{metric="${metric}",outcome="succeeded"}`);
  expect([await count("ratio"), await count("jaro")]).toEqual([3, 2]);
  expect(await readMetric(workerUrl, 'semblance_job_queue_wait_seconds_count{metric="ratio"}')).toBe(3);
});

test("both tell of their process, each metric with its help", async () => {
  for (const url of [await start(), await startWorker()]) {
    const lines = await scrape(url);
    const names = new Set(series(lines).map((one) => one.replace(/[{].*/, "")));
    for (const name of [
      "semblance_build_info",
      "semblance_event_loop_active_seconds_total",
      "nodejs_eventloop_lag_p99_seconds",
      "process_resident_memory_bytes",
      "process_cpu_seconds_total",
      "semblance_redis_ping_duration_seconds_count",
    ]) {
      expect(names).toContain(name);
    }
    expect(await readMetric(url, "semblance_event_loop_active_seconds_total")).toBeGreaterThan(0);
    const typed = lines.filter((line) => line.startsWith("# TYPE ")).map((line) => line.split(" ")[2]);
    for (const name of typed) {
      expect(lines.find((line) => line.startsWith(`# HELP ${name} `))?.length).toBeGreaterThan(
        name!.length + 15,
      );
    }
  }
});
