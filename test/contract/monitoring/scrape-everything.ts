import { JOB_ERROR_CODES } from "@semblance/shared/job/job-error";
import { expect } from "vitest";
import { problemCatalogue } from "../../../apps/api/src/problems/problem-catalogue.ts";
import type { AttemptReport } from "../../../apps/worker/src/scoring/attempt-report.ts";
import type { DeliveryOutcome } from "../../../apps/worker/src/webhooks/delivery-report.ts";
import { post, readMetric, submit, waitForEnd } from "../../support/client.ts";
import { eventually } from "../../support/eventually.ts";
import { misdeed } from "../../support/misdeeds.ts";
import { startWebhookSystem } from "../../support/webhook-system.ts";
import { addScrape, addValues, type KnownMetrics } from "./known-metrics.ts";

const MISBEHAVING = new URL("../../support/misbehaving-processor.ts", import.meta.url);

const attemptOutcomes = [
  ...JOB_ERROR_CODES,
  "succeeded",
  "put_back",
  "lost",
  "too_new",
] satisfies AttemptReport["outcome"][];

const deliveryOutcomes = [
  "succeeded",
  "will_retry",
  "failed",
  "superseded",
  "gone",
  "put_back",
  "too_new",
] satisfies DeliveryOutcome[];

/** What a label may be beside what a short life shows of it, as the code has it. */
const addClosedSets = (known: KnownMetrics): void => {
  const statuses = Object.values(problemCatalogue).map(({ status }) => String(status));
  addValues(known, "semblance_http_requests_total", "status", statuses);
  addValues(known, "semblance_jobs_refused_total", "reason", Object.keys(problemCatalogue));
  for (const part of ["bucket", "count", "sum"]) {
    addValues(known, `semblance_attempt_duration_seconds_${part}`, "outcome", attemptOutcomes);
    addValues(known, `semblance_delivery_duration_seconds_${part}`, "outcome", deliveryOutcomes);
  }
};

/** The metrics of an API and a worker that saw each kind of event: jobs that end well, crash and are killed, a refusal, a webhook. */
export const scrapeEverything = async (): Promise<KnownMetrics> => {
  const { url, receiver, startWorker } = await startWebhookSystem({
    processor: MISBEHAVING,
    env: { JOB_ATTEMPTS: "1" },
  });
  const { healthUrl } = await startWorker();
  expect((await post(url, { query: 1 })).status).toBe(422);
  const jobs = [
    misdeed("none", { webhook: { url: receiver.url } }),
    misdeed("exits"),
    misdeed("spins in JavaScript", { timeout_ms: 100 }),
  ];
  for (const job of jobs) await waitForEnd(url, (await submit(url, job)).id);
  const delivered = 'semblance_delivery_duration_seconds_count{outcome="succeeded"}';
  await eventually("the webhook is counted", async () =>
    (await readMetric(healthUrl, delivered)) === 1 ? true : undefined,
  );
  for (const probe of ["/healthz", "/readyz", "/metrics"]) await (await fetch(`${url}${probe}`)).text();
  const known: KnownMetrics = new Map();
  for (const [job, from] of [
    ["semblance-api", url],
    ["semblance-worker", healthUrl],
  ] as const) {
    addScrape(known, job, await (await fetch(`${from}/metrics`)).text());
  }
  addClosedSets(known);
  return known;
};
