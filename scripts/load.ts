/**
 * Submits jobs at a steady rate, each of about as much work, to see what a system does under a load that it can or cannot bear.
 *
 * node scripts/load.ts --url http://127.0.0.1:8080 [--url …] [--job-s 1] [--rate 3] [--minutes 10]
 */
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";

const USAGE = `usage: node scripts/load.ts --url <API> [--url <another>] [--job-s <seconds of a thread's work>] [--rate <jobs a second>] [--minutes <how long>]
The key of API_KEY is sent, if there is one.`;
const TOLD_EVERY_MS = 5_000;
/** Enough for its time to be measured. */
const SAMPLE_CANDIDATES = 200;
/** Long texts: little goes over the wire for much work. */
const QUERY = "The quick brown fox jumps over the lazy dog, and the dog sleeps on. ".repeat(60);

const fail = (line: string): never => {
  process.stderr.write(`${line}\n`);
  process.exit(1);
};

const readArguments = () => {
  try {
    const { values } = parseArgs({
      options: {
        url: { type: "string", multiple: true, default: [] },
        "job-s": { type: "string", default: "1" },
        rate: { type: "string", default: "3" },
        minutes: { type: "string", default: "10" },
      },
    });
    const [jobS, rate, minutes] = [values["job-s"], values.rate, values.minutes].map(Number) as [
      number,
      number,
      number,
    ];
    if (values.url.length === 0 || !(jobS > 0 && rate > 0 && minutes > 0)) return fail(USAGE);
    return { urls: values.url, jobS, rate, minutes };
  } catch (error) {
    return fail(`${(error as Error).message}\n${USAGE}`);
  }
};

const { API_KEY } = process.env;
const headers = {
  "Content-Type": "application/json",
  ...(API_KEY ? { Authorization: `Bearer ${API_KEY}` } : {}),
};

const writeJob = (candidateCount: number): string =>
  JSON.stringify({
    query: QUERY,
    candidates: Array.from({ length: candidateCount }, (_, index) => `${index} ${QUERY}`),
    metric: "damerau_levenshtein",
    top_n: 1,
  });

/** @returns seconds that a thread takes for one candidate */
const measure = async (url: string): Promise<number> => {
  const response = await fetch(`${url}/v1/jobs`, {
    method: "POST",
    headers: { ...headers, Prefer: "wait=30" },
    body: writeJob(SAMPLE_CANDIDATES),
  });
  const { result } = (await response.json()) as { result?: { duration_ms: number } };
  if (response.status !== 200 || !result)
    return fail(`a first job was answered with ${response.status} by ${url}, and has no result`);
  return result.duration_ms / 1_000 / SAMPLE_CANDIDATES;
};

const { urls, jobS, rate, minutes } = readArguments();
const body = writeJob(Math.max(1, Math.round(jobS / (await measure(urls[0]!)))));
process.stdout.write(
  `${rate} jobs a second for ${minutes} min, each of some ${jobS} s of a thread and ${body.length} bytes\n`,
);

const answers = new Map<string, number>();
const count = (answer: string) => answers.set(answer, (answers.get(answer) ?? 0) + 1);
const told = setInterval(() => {
  const counts = [...answers].map(([answer, times]) => `${times} × ${answer}`).join(", ");
  process.stdout.write(`${new Date().toISOString().slice(11, 19)}  ${counts}\n`);
}, TOLD_EVERY_MS);

const submit = async (url: string): Promise<void> => {
  try {
    const response = await fetch(`${url}/v1/jobs`, { method: "POST", headers, body });
    const { type } = (await response.json()) as { type?: string };
    count(type ? `${response.status} ${type.split("/").at(-1)}` : String(response.status));
  } catch (error) {
    count(`no answer (${(error as { cause?: { code?: string } }).cause?.code ?? (error as Error).name})`);
  }
};

const startedAtMs = performance.now();
const pending = new Set<Promise<void>>();
for (let sent = 0; sent < rate * minutes * 60; sent += 1) {
  await delay(Math.max(0, startedAtMs + (sent / rate) * 1_000 - performance.now()));
  const submission = submit(urls[sent % urls.length]!).finally(() => pending.delete(submission));
  pending.add(submission);
}
await Promise.all(pending);
clearInterval(told);
