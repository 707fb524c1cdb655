import { call } from "./call.ts";
import { count } from "./counts.ts";
import { describeRefusal } from "./describe-refusal.ts";
import type { ClosedLoad, ClosedReport } from "./loads.ts";

export const runClosed = async ({ url, body, clients, jobs }: ClosedLoad): Promise<ClosedReport> => {
  const report: ClosedReport = { accepted: 0, refused: {} };
  const bytes = Buffer.from(body);
  let left = jobs;
  const client = async () => {
    while (left > 0) {
      left -= 1;
      const answer = await call(`${url}/v1/jobs`, bytes);
      if (answer.status === 202) report.accepted += 1;
      else count(report.refused, describeRefusal(answer));
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return report;
};
