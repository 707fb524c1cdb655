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
  let before = 0;
  let left = 0;
  let isFull = false;
  const fullTenants = new Set<string>();
  for await (const job of findFailed(options.redis, options.keys, args, Date.now())) {
    const { tenant, redrivenTo } = job.data;
    if (redrivenTo) {
      before += 1;
      continue;
    }
    if (isFull || fullTenants.has(tenant) || made === args.jobsMax) {
      left += 1;
      continue;
    }
    if (args.isDryRun) {
      made += 1;
      say(`${job.id}  would be redriven  (${tenant})`);
      continue;
    }
    const redriven = await redriveJob(options, job);
    if (redriven.outcome === "made") made += 1;
    else if (redriven.outcome === "refused") refused += 1;
    else {
      left += 1;
      if (redriven.outcome === "no_room") isFull = true;
      else fullTenants.add(tenant);
    }
    const became = redriven.outcome === "made" ? `→ ${redriven.newId}` : `✗ ${redriven.why}`;
    say(`${job.id}  ${became}  (${tenant})`);
  }
  say(
    `${made} ${args.isDryRun ? "would be " : ""}redriven, ${refused} refused, ${left} left${before > 0 ? `, ${before} redriven before` : ""}`,
  );
  return isFull || fullTenants.size > 0;
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
