import { setTimeout as delay } from "node:timers/promises";
import { call } from "./call.ts";
import { count } from "./counts.ts";
import { describeRefusal } from "./describe-refusal.ts";
import type { OpenLoad, OpenReport } from "./loads.ts";

/** How long an answer is waited for after the last submission. */
const LAST_ANSWERS_MS = 30_000;

const QUEUE_FULL = "503 /problems/queue-full";

export const runOpen = async (load: OpenLoad): Promise<OpenReport> => {
  const { url, body, perSecond, seconds, connectionsMax } = load;
  const report: OpenReport = {
    sent: 0,
    unsent: 0,
    lateMs: [],
    acceptedIds: [],
    acceptedMs: [],
    refusedMs: [],
    errors: {},
  };
  const bytes = Buffer.from(body);
  const open = new Set<Promise<void>>();

  const submit = async (dueAtMs: number) => {
    try {
      const answer = await call(`${url}/v1/jobs`, bytes);
      const tookMs = performance.now() - dueAtMs;
      if (answer.status === 202) {
        report.acceptedIds.push((JSON.parse(answer.body.toString()) as { id: string }).id);
        report.acceptedMs.push(tookMs);
        return;
      }
      const refusal = describeRefusal(answer);
      if (refusal === QUEUE_FULL) report.refusedMs.push(tookMs);
      else count(report.errors, refusal);
    } catch (error) {
      count(report.errors, (error as Error).message);
    }
  };
  const send = (dueAtMs: number) => {
    if (open.size >= connectionsMax) {
      report.unsent += 1;
      return;
    }
    report.sent += 1;
    report.lateMs.push(performance.now() - dueAtMs);
    const answered = submit(dueAtMs).finally(() => open.delete(answered));
    open.add(answered);
  };

  const startedAtMs = performance.now();
  for (let index = 0; index < perSecond * seconds; index += 1) {
    const dueAtMs = startedAtMs + (index * 1_000) / perSecond;
    const earlyMs = dueAtMs - performance.now();
    // Those that are due go at once, as a timer takes a millisecond at the least; a fraction of one it would leave out.
    if (earlyMs > 0) await delay(Math.ceil(earlyMs));
    send(dueAtMs);
  }
  await Promise.race([Promise.all(open), delay(LAST_ANSWERS_MS, undefined, { ref: false })]);
  if (open.size > 0) report.errors["no answer"] = open.size;
  return report;
};
