import { type Candidate, readCandidatesFile, readCities } from "./candidates.ts";
import { type Job, pollJob, submitJob } from "./job-client.ts";
import { createProgressLine } from "./progress-line.ts";
import type { DemoArguments } from "./read-arguments.ts";
import { resultsTable } from "./results-table.ts";

const TOP_N = 10;
const JOB_LIMIT_MS = 120_000;

const say = (line: string) => process.stdout.write(`${line}\n`);

/** @throws {UsageError} */
export const readCandidates = ({ file }: DemoArguments): Promise<Candidate[]> =>
  file === undefined ? readCities() : readCandidatesFile(file);

const toBody = ({ query, metric }: DemoArguments, candidates: Candidate[]) =>
  Buffer.from(
    JSON.stringify({
      query,
      candidates: candidates.map(({ id, text }) => ({ id, text })),
      metric,
      top_n: TOP_N,
    }),
  );

const follow = async (jobUrl: string): Promise<Job> => {
  const progress = createProgressLine(process.stdout);
  try {
    return await pollJob(jobUrl, JOB_LIMIT_MS, progress.show);
  } finally {
    progress.clear();
  }
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
 * @throws {ApiProblem}
 */
export const runDemo = async (
  apiUrl: string,
  args: DemoArguments,
  candidates: Candidate[],
): Promise<boolean> => {
  const body = toBody(args, candidates);
  const count = candidates.length.toLocaleString("en");
  say(`POST ${apiUrl}/v1/jobs`);
  say(
    `     "${args.query}" against ${count} candidates by ${args.metric}, ${body.length.toLocaleString("en")} bytes`,
  );

  const { job: accepted, jobUrl } = await submitJob(apiUrl, body);
  say(`202  ${accepted.id}, ${accepted.status}`);

  const job = await follow(jobUrl);
  if (!job.result) {
    say(`The job ${job.status}${job.error ? `: ${job.error.message} (${job.error.code})` : ""}`);
    return false;
  }
  say(`\n${resultsTable(job.result.results, candidates)}\n`);
  say(times(job));
  say(`GET  ${jobUrl}`);
  return true;
};
