/**
 * Makes API keys.
 *
 * npm run keys -- create <tenant> [--file <path>]
 */
import { appendFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { createApiKey } from "../apps/api/src/tenants/api-key.ts";

const USAGE = "usage: npm run keys -- create <tenant> [--file <path of API_KEYS_FILE>]";

const fail = (line: string): never => {
  process.stderr.write(`${line}\n`);
  process.exit(1);
};

const readArguments = () => {
  try {
    const { values, positionals } = parseArgs({
      options: { file: { type: "string" } },
      allowPositionals: true,
    });
    const [command, tenant, ...rest] = positionals;
    if (command !== "create" || tenant === undefined || rest.length > 0) return fail(USAGE);
    return { tenant, file: values.file };
  } catch (error) {
    return fail(`${(error as Error).message}\n${USAGE}`);
  }
};

const create = (tenant: string) => {
  try {
    return createApiKey(tenant);
  } catch (error) {
    return fail(`${(error as Error).message}\n${USAGE}`);
  }
};

const { tenant, file } = readArguments();
const { key, line } = create(tenant);
// On its own line, in case that the last one has no end.
if (file !== undefined) await appendFile(file, `\n${line}\n`).catch((error: Error) => fail(error.message));
const where = file === undefined ? "add this to API_KEYS, or as a line to API_KEYS_FILE" : `added to ${file}`;
process.stdout.write(`key of ${tenant}, shown this once:\n${key}\n\n${where}:\n${line}\n`);
