import { parseArgs } from "node:util";
import { METRIC_NAMES, type MetricName } from "../../packages/shared/src/job/metric-names.ts";

export interface DemoArguments {
  query: string;
  metric: MetricName;
  /** One candidate a line; the world's cities unless given. */
  file: string | undefined;
  help: boolean;
}

/** An argument, or what it names, is wrong; the message is one line for the person who typed it. */
export class UsageError extends Error {}

export const USAGE = `npm run demo -- ["<query>"] [--file <candidates.txt>] [--metric <name>]

  <query>   what to look for; "Sankt Peterburg" unless given
  --file    candidates, one a line; the cities of the world with 5,000 inhabitants or more unless given
  --metric  how similarity is measured: ${METRIC_NAMES.join(", ")}; ${METRIC_NAMES[0]} unless given
  --help    this text`;

const parse = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        file: { type: "string", short: "f" },
        metric: { type: "string", short: "m", default: "ratio" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    // Node adds advice on escaping after the first sentence.
    throw new UsageError((error as Error).message.split(". ")[0]);
  }
};

/** @throws {UsageError} */
export const readArguments = (): DemoArguments => {
  const { values, positionals } = parse();
  if (positionals.length > 1) throw new UsageError(`one query, please; quote it: "${positionals.join(" ")}"`);
  const [query = "Sankt Peterburg"] = positionals;
  if (query === "") throw new UsageError("the query is empty");
  const metric = METRIC_NAMES.find((name) => name === values.metric);
  if (!metric)
    throw new UsageError(`there is no metric ${values.metric}; there are ${METRIC_NAMES.join(", ")}`);
  return { query, metric, file: values.file, help: values.help };
};
