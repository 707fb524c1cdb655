/**
 * Makes API keys, and the password of Bull Board's admin.
 *
 * npm run keys -- create <tenant> [--file <path>]
 * npm run keys -- admin <user>
 */
import { appendFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { ADMIN_USER, createAdminPassword } from "../apps/api/src/operations/admin-credentials.ts";
import { createApiKey } from "../apps/api/src/tenants/api-key.ts";

const USAGE = `usage: npm run keys -- create <tenant> [--file <path of API_KEYS_FILE>]
       npm run keys -- admin <user>`;

const say = (text: string) => process.stdout.write(`${text}\n`);

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
    const [command, name, ...rest] = positionals;
    if (name === undefined || rest.length > 0) return fail(USAGE);
    return { command, name, file: values.file };
  } catch (error) {
    return fail(`${(error as Error).message}\n${USAGE}`);
  }
};

const createKey = (tenant: string) => {
  try {
    return createApiKey(tenant);
  } catch (error) {
    return fail(`${(error as Error).message}\n${USAGE}`);
  }
};

const makeKey = async (tenant: string, file: string | undefined) => {
  const { key, line } = createKey(tenant);
  // On its own line, in case that the last one has no end.
  if (file !== undefined) await appendFile(file, `\n${line}\n`).catch((error: Error) => fail(error.message));
  const where =
    file === undefined ? "add this to API_KEYS, or as a line to API_KEYS_FILE" : `added to ${file}`;
  say(`key of ${tenant}, shown this once:\n${key}\n\n${where}:\n${line}`);
};

const makeAdmin = (user: string) => {
  if (!ADMIN_USER.test(user)) fail("a user's name has 1 to 64 characters, no colon and no control character");
  const { password, sha256 } = createAdminPassword();
  say(`password of ${user}, shown this once:\n${password}

set these for the API:\nADMIN_USER=${user}\nADMIN_PASSWORD_SHA256=${sha256}`);
};

const { command, name, file } = readArguments();
if (command === "create") await makeKey(name, file);
else if (command === "admin" && file === undefined) makeAdmin(name);
else fail(USAGE);
