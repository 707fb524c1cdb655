import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { JobView } from "@semblance/shared/job/job-view";
import type { CallAnswer } from "./call.ts";
import { count } from "./counts.ts";
import { describeRefusal } from "./describe-refusal.ts";
import type { WaitingLoad, WaitingReport } from "./loads.ts";

export const runWaiting = async (load: WaitingLoad): Promise<WaitingReport> => {
  const { url, body, clients, perSecond, waitS } = load;
  const report: WaitingReport = { answers: {}, endedAtMs: [], lateMs: [] };
  const bytes = Buffer.from(body);
  // A connection a client, however many there are.
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  const headers = {
    "Content-Type": "application/json",
    "Content-Length": bytes.length,
    Prefer: `wait=${waitS}`,
  };
  const submit = () =>
    new Promise<CallAnswer & { atMs: number }>((resolve, reject) => {
      request(`${url}/v1/jobs`, { method: "POST", agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response
          .on("data", (chunk: Buffer) => chunks.push(chunk))
          .on("end", () =>
            resolve({ status: response.statusCode!, body: Buffer.concat(chunks), atMs: Date.now() }),
          )
          .on("error", reject);
      })
        .on("error", reject)
        .end(bytes);
    });
  const client = async () => {
    try {
      const answer = await submit();
      if (answer.status !== 200) return count(report.answers, describeRefusal(answer));
      const job = JSON.parse(answer.body.toString()) as JobView;
      count(report.answers, `200 ${job.status}`);
      const endedAtMs = Date.parse(job.finished_at!);
      report.endedAtMs.push(endedAtMs);
      report.lateMs.push(answer.atMs - endedAtMs);
    } catch (error) {
      count(report.answers, (error as Error).message);
    }
  };
  const waiting: Promise<void>[] = [];
  const startedAtMs = performance.now();
  for (let index = 0; index < clients; index += 1) {
    await delay(Math.max(0, startedAtMs + (index * 1_000) / perSecond - performance.now()));
    waiting.push(client());
  }
  await Promise.all(waiting);
  agent.destroy();
  return report;
};
