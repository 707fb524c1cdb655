import { ProblemError } from "../packages/client/src/errors.ts";
import { withOwnSystem } from "./demo/own-system.ts";
import { readArguments, USAGE, UsageError } from "./demo/read-arguments.ts";
import { readCandidates, runDemo } from "./demo/run-demo.ts";
import { onStopRequest } from "./system/on-stop-request.ts";

const complain = (line: string) => process.stderr.write(`${line}\n`);

const main = async (signal: AbortSignal): Promise<number> => {
  const args = readArguments();
  if (args.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const candidates = await readCandidates(args);
  const succeeded = await withOwnSystem(signal, (apiUrl) => runDemo(apiUrl, args, candidates));
  return succeeded ? 0 : 1;
};

const stopRequested = new AbortController();
onStopRequest((name) => stopRequested.abort(new Error(`stopped by ${name}`)));

// Whoever read the output may be gone before the end, such as `head`; what was started is still stopped.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

try {
  process.exitCode = await main(stopRequested.signal);
} catch (error) {
  if (error instanceof UsageError) {
    complain(`demo: ${error.message} (--help tells more)`);
    process.exitCode = 2;
  } else {
    const { message } = error as Error;
    complain(error instanceof ProblemError ? message : `demo: ${message}`);
    process.exitCode = stopRequested.signal.aborted ? 130 : 1;
  }
}
process.exit();
