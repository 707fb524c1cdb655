import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type System, startSystem } from "../system.ts";
import { onStopRequest } from "./on-stop-request.ts";
import type { RunApp } from "./run-app.ts";

export interface Command {
  /** As a person types it. */
  name: string;
  /** What its greeting adds. */
  remark?: string;
  /** How each app is run: as one process unless given. */
  runApp?: RunApp;
}

const DATA_DIR = fileURLToPath(new URL("../../.data", import.meta.url));

const usage = (name: string): string => `${name} -- [--data <directory>]

  --data  where Redis keeps its files, and where logs and a secret for webhooks go; .data unless given
  --help  this text

HOST and PORT say where the API listens (127.0.0.1 and 8080), REDIS_URL names a Redis to use instead of an own one.
Without WEBHOOK_MASTER_SECRET one is made and kept in the directory, where HOST is a loopback address.`;

const say = (line: string) => process.stdout.write(`${line}\n`);
const complain = (line: string) => process.stderr.write(`${line}\n`);

/** A URL may carry a password. */
const withoutCredentials = (url: string): string => url.replace(/\/\/[^/]*@/, "//***@");

const shortest = (path: string): string => {
  const fromHere = relative(process.cwd(), path);
  return fromHere !== "" && fromHere.length < path.length ? fromHere : path;
};

const EXAMPLE = `{"query": "Sankt Peterburg", "candidates": ["Saint Petersburg", "Petersburg", "Peterborough"]}`;

interface Remarks {
  dataDir: string;
  /** Whether the API wants a key. */
  needsKey: boolean;
  /** What Bull Board answers with. */
  boardStatus: number;
  remark: string;
}

const describeBoard = (url: string, status: number): string => {
  if (status === 404) return "is not served: there are keys, and no ADMIN_USER";
  return `${url}/admin/queues${status === 401 ? ", with ADMIN_USER's password" : ""}`;
};

const greeting = (
  { url, workerUrl, redisUrl }: System,
  { dataDir, needsKey, boardStatus, remark }: Remarks,
): string => {
  const curl = needsKey ? `curl -s -H "Authorization: Bearer $KEY"` : "curl -s";
  return `
Semblance runs.

  Console     ${url}/
  API         ${url}
  Reference   ${url}/docs
  Bull Board  ${describeBoard(url, boardStatus)}
  Worker      ${workerUrl}/readyz, ${workerUrl}/metrics
  Redis       ${withoutCredentials(redisUrl)}
  Data, logs  ${dataDir}/

Try it: this submits a job and, a second later, reads it at the URL that it got.

  ${curl} ${url}/v1/jobs/$(${curl} ${url}/v1/jobs -H 'Content-Type: application/json' \\
    -d '${EXAMPLE}' | grep -o 'job_[0-9a-f]*' | head -n 1; sleep 1)

${remark}Ctrl-C stops it.
`;
};

const statusOf = async ({ url }: System, path: string): Promise<number> =>
  (await fetch(`${url}${path}`)).status;

const readArguments = () =>
  parseArgs({
    options: {
      data: { type: "string", default: DATA_DIR },
      help: { type: "boolean", short: "h", default: false },
    },
  }).values;

const run = async ({ remark, runApp }: Command, dataDir: string): Promise<number> => {
  const { REDIS_URL, HOST, PORT } = process.env;
  const stopRequested = new AbortController();
  const stopSignal = new Promise<void>((resolve) => {
    onStopRequest(() => {
      say("\nStopping: running jobs may finish, waiting ones are kept …");
      stopRequested.abort(new Error("stopped before it was ready"));
      resolve();
    });
  });

  let system: System;
  try {
    system = await startSystem({
      redis: REDIS_URL ? { url: REDIS_URL } : { dir: `${dataDir}/redis`, appendOnly: true },
      host: HOST || "127.0.0.1",
      port: PORT || 8080,
      env: process.env,
      dataDir,
      logDir: dataDir,
      warn: complain,
      runApp,
      signal: stopRequested.signal,
    });
  } catch (error) {
    if (stopRequested.signal.aborted) return 0;
    complain((error as Error).message);
    return 1;
  }

  if ((await statusOf(system, "/readyz")) !== 200)
    complain(
      `Redis does not answer: submissions get 503 until it does. ${shortest(dataDir)}/api.log tells more.`,
    );
  say(
    greeting(system, {
      dataDir: shortest(dataDir),
      needsKey: (await statusOf(system, "/v1/queue")) === 401,
      boardStatus: await statusOf(system, "/admin/queues"),
      remark: remark ? `${remark}\n` : "",
    }),
  );
  const reason = await Promise.race([stopSignal, system.broken]);
  if (reason) complain(`Stopping: ${reason}; the logs in ${shortest(dataDir)} tell more.`);
  await system.stop();
  say("Stopped.");
  return reason ? 1 : 0;
};

/**
 * What `npm start` and `npm run dev` have in common: runs the whole system until it is told to stop, or a part of it breaks.
 *
 * @returns the exit code
 */
export const launch = (command: Command): Promise<number> | number => {
  // Whoever read the output may be gone before the end, a closed terminal for one; what is to be stopped still is.
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});
  let values: ReturnType<typeof readArguments>;
  try {
    values = readArguments();
  } catch (error) {
    complain(`${command.name}: ${(error as Error).message}`);
    return 2;
  }
  if (values.help) {
    say(usage(command.name));
    return 0;
  }
  return run(command, resolve(values.data || DATA_DIR));
};
