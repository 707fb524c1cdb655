import { parseArgs } from "node:util";
import { REDRIVABLE_CODES, type RedrivableCode } from "../../packages/shared/src/job/job-error.ts";

export interface RedriveArguments {
  codes: readonly RedrivableCode[];
  /** Jobs that failed no longer ago; all that are kept when `null`. */
  sinceMs: number | null;
  /** Every tenant's when `null`. */
  tenant: string | null;
  /** How many new jobs are made at the most. */
  jobsMax: number;
  isDryRun: boolean;
}

/** An argument is wrong; the message is one line for the person who typed it. */
export class UsageError extends Error {}

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export const USAGE = `npm run redrive -- (in the image: node scripts/redrive.ts) --code <code> [--since <duration>] [--tenant <name>] [--limit <count>] [--dry-run]

Makes new jobs of failed ones, which name the old ones as redriven_from. It reads the environment that the API reads.

  --code     how they failed: ${REDRIVABLE_CODES.join(", ")}; may be given several times
  --since    how long ago at the most, such as 30m, 1h or 2d; all that are kept unless given
  --tenant   of this tenant alone
  --limit    how many at the most; 1000 unless given
  --dry-run  only tells which

It ends with 0, with 2 when there was no room for all of them, and with 1 when it failed.`;

const parse = (args: string[]) => {
  try {
    return parseArgs({
      args,
      options: {
        code: { type: "string", multiple: true, default: [] },
        since: { type: "string" },
        tenant: { type: "string" },
        limit: { type: "string", default: "1000" },
        "dry-run": { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message.split(". ")[0]);
  }
};

const parseDuration = (text: string): number => {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count === undefined) throw new UsageError(`--since ${text} is no duration such as 30m, 1h or 2d`);
  return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
};

/**
 * @returns `null` when only help is asked for
 * @throws {UsageError}
 */
export const readArguments = (args: string[]): RedriveArguments | null => {
  const { code, since, tenant, limit, "dry-run": isDryRun, help } = parse(args);
  if (help) return null;
  if (code.length === 0) throw new UsageError(`--code is missing: ${REDRIVABLE_CODES.join(", ")}`);
  const codes = code.map((given) => {
    const known = REDRIVABLE_CODES.find((one) => one === given);
    if (!known) throw new UsageError(`--code ${given} is none of ${REDRIVABLE_CODES.join(", ")}`);
    return known;
  });
  if (!/^[1-9]\d{0,6}$/.test(limit)) throw new UsageError(`--limit ${limit} is no number from 1`);
  return {
    codes,
    sinceMs: since === undefined ? null : parseDuration(since),
    tenant: tenant ?? null,
    jobsMax: Number(limit),
    isDryRun,
  };
};
