/**
 * Load from another process, as the message that starts it says: bodies at a steady rate while `/healthz` is asked all the time, or jobs
 * as fast as so many clients can submit them.
 */
import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { announceReady } from "@semblance/shared/lifecycle/launcher";

export interface SteadyLoad {
  kind: "steady";
  url: string;
  body: string;
  perSecond: number;
  seconds: number;
}

export interface OpenLoad {
  kind: "open";
  url: string;
  body: string;
  clients: number;
  jobs: number;
}

export interface LoadReport {
  accepted: number;
  refused: number;
  /** Answers of `/healthz`. */
  healthMs: number[];
  /** From the first byte sent to the job's acceptance. */
  acceptedMs: number[];
  tookMs: number;
}

const HEALTH_PAUSE_MS = 20;
const agent = new Agent({ keepAlive: true, maxSockets: 256 });

const call = (url: string, body?: Buffer) =>
  new Promise<number>((resolve, reject) => {
    const headers = body
      ? { "Content-Type": "application/json", "Content-Length": body.length }
      : { Accept: "application/json" };
    request(url, { method: body ? "POST" : "GET", agent, headers }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode!));
    })
      .on("error", reject)
      .end(body);
  });

const timed = async <Value>(run: () => Promise<Value>): Promise<[ms: number, value: Value]> => {
  const startedAtMs = performance.now();
  const value = await run();
  return [performance.now() - startedAtMs, value];
};

const newReport = (): LoadReport => ({ accepted: 0, refused: 0, healthMs: [], acceptedMs: [], tookMs: 0 });

const submit = async (report: LoadReport, url: string, body: Buffer): Promise<void> => {
  const [ms, status] = await timed(() => call(`${url}/v1/jobs`, body));
  report.acceptedMs.push(ms);
  if (status === 202) report.accepted += 1;
  else report.refused += 1;
};

const runSteady = async ({ url, body, perSecond, seconds }: SteadyLoad): Promise<LoadReport> => {
  const report = newReport();
  const bytes = Buffer.from(body);
  let isOver = false;
  const health = async () => {
    while (!isOver) {
      report.healthMs.push((await timed(() => call(`${url}/healthz`)))[0]);
      await delay(HEALTH_PAUSE_MS);
    }
  };
  const asking = health();
  const submissions: Promise<unknown>[] = [];
  const startedAtMs = performance.now();
  for (let index = 0; index < perSecond * seconds; index += 1) {
    await delay(Math.max(0, startedAtMs + (index * 1_000) / perSecond - performance.now()));
    submissions.push(submit(report, url, bytes));
  }
  await Promise.all(submissions);
  isOver = true;
  await asking;
  report.tookMs = performance.now() - startedAtMs;
  return report;
};

const runOpen = async ({ url, body, clients, jobs }: OpenLoad): Promise<LoadReport> => {
  const report = newReport();
  const bytes = Buffer.from(body);
  let left = jobs;
  const client = async () => {
    while (left > 0) {
      left -= 1;
      await submit(report, url, bytes);
    }
  };
  report.tookMs = (await timed(() => Promise.all(Array.from({ length: clients }, client))))[0];
  return report;
};

process.on("message", async (load: SteadyLoad | OpenLoad) => {
  const report = await (load.kind === "steady" ? runSteady(load) : runOpen(load));
  process.send?.({ type: "load", report });
});
process.on("disconnect", () => process.exit(0));
announceReady();
