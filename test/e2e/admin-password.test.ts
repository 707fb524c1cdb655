import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { startOwnApi } from "../support/own-api.ts";

const KEYS = fileURLToPath(new URL("../../scripts/keys.ts", import.meta.url));

const runKeys = (...args: string[]) =>
  promisify(execFile)(process.execPath, [KEYS, ...args], { timeout: 20_000 });

test("a password of npm run keys lets its user in, configured as it says", async () => {
  const { stdout } = await runKeys("admin", "ops");
  const env = Object.fromEntries(
    [...stdout.matchAll(/^(ADMIN_\w+)=(.+)$/gm)].map(([, name, value]) => [name, value]),
  );
  expect(Object.keys(env)).toEqual(["ADMIN_USER", "ADMIN_PASSWORD_SHA256"]);
  const [, password] = /^password of ops, shown this once:\n([\w-]{43})$/m.exec(stdout)!;
  const { url } = await startOwnApi(env);
  const ask = (secret: string) =>
    fetch(`${url}/admin/queues`, { headers: { Authorization: `Basic ${btoa(`ops:${secret}`)}` } });
  expect([(await ask(password!)).status, (await ask("ops")).status]).toEqual([200, 401]);
});

test.each([
  ["admin"],
  ["admin", "a:b"],
  ["admin", "ops", "more"],
  ["admin", "ops", "--file", "keys"],
  ["owner", "ops"],
])("it makes none for %j %j", async (...args) => {
  await expect(runKeys(...args)).rejects.toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringMatching(/usage|name/),
  });
});
