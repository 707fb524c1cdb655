import { Semblance } from "../../packages/client/src/semblance.ts";
import type { Job, JobWithResult, Submission } from "../../packages/client/src/wire-types.ts";
import { type Candidate, readCandidatesFile, readCities } from "./candidates.ts";
import { createProgressLine } from "./progress-line.ts";
import type { DemoArguments } from "./read-arguments.ts";
import { resultsTable } from "./results-table.ts";

const TOP_N = 10;
const JOB_LIMIT_MS = 120_000;

const say = (line: string) => process.stdout.write(`${line}\n`);

/** @throws {UsageError} */
export const readCandidates = ({ file }: DemoArguments): Promise<Candidate[]> =>
  file === undefined ? readCities() : readCandidatesFile(file);

const toSubmission = ({ query, metric }: DemoArguments, candidates: Candidate[]): Submission => ({
  query,
  candidates: candidates.map(({ id, text }) => ({ id, text })),
  metric,
  top_n: TOP_N,
});

const follow = async (semblance: Semblance, accepted: Job): Promise<JobWithResult> => {
  const progress = createProgressLine(process.stdout);
  let job = accepted;
  try {
    for await (const event of semblance.stream(accepted.id)) {
      job = event.type === "status" ? event.job : { ...job, progress: event.progress };
      progress.show(job);
    }
  } finally {
    progress.clear();
  }
  return semblance.get(accepted.id);
};

const times = ({ created_at, started_at, finished_at }: Job): string => {
  const created = Date.parse(created_at);
  const [started, finished] = [started_at, finished_at].map((time) =>
    time === null ? created : Date.parse(time),
  );
  return `queued ${started! - created} ms, running ${finished! - started!} ms, in all ${finished! - created} ms`;
};

/**
 * Scores the query against the candidates over HTTP and prints what comes back.
 *
 * @returns whether the job succeeded
 * @throws {SemblanceError}
 */
export const runDemo = async (
  apiUrl: string,
  args: DemoArguments,
  candidates: Candidate[],
): Promise<boolean> => {
  const semblance = new Semblance({ url: apiUrl, timeoutMs: JOB_LIMIT_MS });
  const submission = toSubmission(args, candidates);
  const bytes = Buffer.byteLength(JSON.stringify(submission)).toLocaleString("en");
  say(`POST ${apiUrl}/v1/jobs`);
  say(
    `     "${args.query}" against ${candidates.length.toLocaleString("en")} candidates by ${args.metric}, ${bytes} bytes`,
  );

  const accepted = await semblance.submit(submission);
  say(`202  ${accepted.id}, ${accepted.status}`);

  const job = await follow(semblance, accepted);
  if (!job.result) {
    say(`The job ${job.status}${job.error ? `: ${job.error.message} (${job.error.code})` : ""}`);
    return false;
  }
  say(`\n${resultsTable(job.result.results, candidates)}\n`);
  say(times(job));
  say(`GET  ${new URL(job.urls.self, apiUrl).href}`);
  return true;
};
