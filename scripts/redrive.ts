/**
 * Makes new jobs of failed ones.
 *
 * npm run redrive -- --code crashed --since 1h
 */
import { tellSparingly } from "../packages/shared/src/errors/tell-sparingly.ts";
import { readArguments, USAGE, UsageError } from "./redrive/read-arguments.ts";
import { runRedrive } from "./redrive/run-redrive.ts";

const say = (line: string) => process.stdout.write(`${line}\n`);
const complain = (line: string) => process.stderr.write(`redrive: ${line}\n`);
const onError = tellSparingly(({ message }) => complain(message));

try {
  const args = readArguments(process.argv.slice(2));
  if (!args) say(USAGE);
  else process.exitCode = (await runRedrive(args, { env: process.env, say, onError })) ? 2 : 0;
} catch (error) {
  complain((error as Error).message);
  if (error instanceof UsageError) complain(`\n${USAGE}`);
  process.exitCode = 1;
}
process.exit();
