import { Closer } from "../../packages/shared/src/lifecycle/closer.ts";
import { createLogger } from "../../packages/shared/src/telemetry/logger.ts";
import { findFailed } from "./find-failed.ts";
import { openAdmission } from "./open-admission.ts";
import type { RedriveArguments } from "./read-arguments.ts";
import { type RedriveOptions, redriveJob } from "./redrive-job.ts";

export interface RedriveSurroundings {
  env: Record<string, string | undefined>;
  say: (line: string) => void;
  /** Told of Redis' errors. */
  onError: (error: Error) => void;
}

const redriveAll = async (
  options: RedriveOptions,
  args: RedriveArguments,
  say: (line: string) => void,
): Promise<boolean> => {
  let made = 0;
  let refused = 0;
  let left = 0;
  let isFull = false;
  for await (const job of findFailed(options.redis, options.keys, args, Date.now())) {
    if (isFull || made === args.jobsMax) {
      left += 1;
      continue;
    }
    if (args.isDryRun) {
      made += 1;
      say(`${job.id}  would be redriven  (${job.data.tenant})`);
      continue;
    }
    const redriven = await redriveJob(options, job);
    isFull = redriven.outcome === "no_room";
    if (redriven.outcome === "made") made += 1;
    else if (isFull) left += 1;
    else refused += 1;
    const became = redriven.outcome === "made" ? `→ ${redriven.newId}` : `✗ ${redriven.why}`;
    say(`${job.id}  ${became}  (${job.data.tenant})`);
  }
  say(`${made} ${args.isDryRun ? "would be " : ""}redriven, ${refused} refused, ${left} left`);
  return isFull;
};

/**
 * Makes new jobs of the failed ones that are asked for, and tells of each.
 *
 * @returns whether it stopped for lack of room
 * @throws {ConfigError} and what Redis threw
 */
export const runRedrive = async (
  args: RedriveArguments,
  { env, say, onError }: RedriveSurroundings,
): Promise<boolean> => {
  const log = createLogger("redrive", "silent");
  const closer = new Closer(log);
  try {
    return await redriveAll(await openAdmission(env, log, closer, onError), args, say);
  } finally {
    await closer.close();
  }
};
