/**
 * Writes what the code says of its environment variables into docs/operations.md and .env.example.
 *
 * node scripts/config-docs.ts
 */
import { readFile, writeFile } from "node:fs/promises";
import { apiVariables } from "../apps/api/src/config.ts";
import { workerVariables } from "../apps/worker/src/config.ts";
import type { Variable } from "../packages/shared/src/config/variables.ts";

const ROOT = new URL("../", import.meta.url);
const BEGIN = "<!-- configuration: written by scripts/config-docs.ts -->";
const END = "<!-- /configuration -->";

interface Row extends Variable<unknown> {
  name: string;
  readBy: "both" | "api" | "worker";
}

const rows = (): Row[] => {
  const api: Record<string, Variable<unknown>> = apiVariables;
  const worker: Record<string, Variable<unknown>> = workerVariables;
  return [...new Set([...Object.keys(api), ...Object.keys(worker)])].map((name) => ({
    name,
    ...(api[name] ?? worker[name])!,
    readBy: name in api && name in worker ? "both" : name in api ? "api" : "worker",
  }));
};

const shownDefault = ({ default: value, defaultMeaning }: Row) =>
  defaultMeaning ?? (value === "" ? "none" : `\`${value}\``);

const table = (): string =>
  [
    "| variable | read by | default | meaning |",
    "|---|---|---|---|",
    ...rows().map((row) => `| \`${row.name}\` | ${row.readBy} | ${shownDefault(row)} | ${row.meaning} |`),
  ].join("\n");

/** docs/operations.md with its configuration table as the code has it. */
export const renderGuide = (guide: string): string => {
  const [head, rest] = guide.split(BEGIN);
  const tail = rest?.split(END)[1];
  if (tail === undefined) throw new Error(`docs/operations.md holds no ${BEGIN} … ${END}`);
  return `${head}${BEGIN}\n\n${table()}\n\n${END}${tail}`;
};

/** .env.example: every variable, commented out, at its default. */
export const renderEnvExample = (): string =>
  [
    "# Every variable that API and worker read, at its default. Nothing loads this file by itself:",
    "#   node --env-file=.env apps/api/src/main.ts",
    ...rows().map((row) => `\n# ${row.meaning}\n# ${row.name}=${row.defaultMeaning ? "" : row.default}`),
    "",
  ].join("\n");

if (import.meta.main) {
  const guideFile = new URL("docs/operations.md", ROOT);
  await writeFile(guideFile, renderGuide(await readFile(guideFile, "utf8")));
  await writeFile(new URL(".env.example", ROOT), renderEnvExample());
}
