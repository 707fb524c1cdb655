/**
 * What a queue adds: from a job's submission until its result is in hand, one job at a time, so that its worker is idle. Semblance, BullMQ as its
 * guide shows it, a pool of threads inside the HTTP service, and the request's handler itself, in interleaved rounds; medians of these.
 *
 * Where the submission is answered before the job is done, the result is asked for at once, and then again 1 ms after each answer that does
 * not have it (by Node's timer, so rather 1.1 to 2): what is shown is the least that a client which polls can see, and more polls than any should send.
 *
 * node test/bench/latency.ts [jobs a round]
 */
import { interleave } from "./interleave.ts";
import type { SerialReport } from "./load/loads.ts";
import { percentile } from "./percentile.ts";
import { type Service, services, withService } from "./services.ts";
import { startLoad } from "./start-load.ts";
import { submissionOf } from "./submission-of.ts";

const JOBS = Number(process.argv[2] ?? 600);
const ROUNDS = 5;
const WARM_UP_JOBS = Math.min(300, JOBS);
const SIZES = [10, 1_000];

const load = await startLoad();

const measure = (service: Service, candidates: number) =>
  withService(service, {}, async ({ api }): Promise<SerialReport> => {
    const body = JSON.stringify(submissionOf(candidates));
    const isPolled = service.completedKey !== undefined;
    const run = (jobs: number) => load.put({ kind: "serial", url: api.url, body, jobs, isPolled });
    await run(WARM_UP_JOBS);
    return run(JOBS);
  });

const median = (values: number[]) => percentile(values, 0.5);
const number = (value: number, digits = 2) => value.toFixed(digits).padStart(8);

/** How many times theirs ours is. */
const compare = async (candidates: number): Promise<void> => {
  const variants = Object.entries(services).map(
    ([name, service]) => [name, () => measure(service, candidates)] as const,
  );
  const rounds = await interleave(ROUNDS, Object.fromEntries(variants));
  const spreads = Object.entries(rounds).map(([name, reports]) => ({
    name,
    p50Ms: median(reports.map(({ tookMs }) => percentile(tookMs, 0.5))),
    p99Ms: median(reports.map(({ tookMs }) => percentile(tookMs, 0.99))),
    polls: median(reports.map(({ polls }) => polls / JOBS)),
  }));
  const ours = spreads[0]!;
  console.log(`\n${candidates} candidates                   p50 ms        ×   p99 ms        ×  polls a job`);
  for (const { name, p50Ms, p99Ms, polls } of spreads) {
    const p50 = `${number(p50Ms)} ${number(ours.p50Ms / p50Ms)}`;
    const p99 = `${number(p99Ms)} ${number(ours.p99Ms / p99Ms)}`;
    console.log(`  ${name.padEnd(30)} ${p50} ${p99} ${polls > 0 ? number(polls, 1) : ""}`);
  }
};

try {
  console.log(`${ROUNDS} rounds of ${JOBS} jobs, one at a time, from submission to result`);
  for (const candidates of SIZES) await compare(candidates);
} finally {
  await load.dispose();
}
