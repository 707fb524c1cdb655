import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { deriveSecret } from "@semblance/shared/webhook/signing-secrets";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { createApiKey } from "../../apps/api/src/tenants/api-key.ts";
import { keepMasterSecret } from "../../scripts/system/keep-master-secret.ts";
import { runApp } from "../../scripts/system/run-app.ts";
import { startSystem } from "../../scripts/system.ts";
import { json } from "../support/client.ts";
import { uniqueKeyPrefix } from "../support/key-prefix.ts";
import { redisUrl } from "../support/redis-url.ts";

const FILE = "webhook-master-secret";
const { key, line } = createApiKey("acme");
let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "semblance-test-secret-"));
});

afterEach(() => rm(dataDir, { recursive: true }));

/** @returns what each app was told, and what the API answers */
const startSystemOn = async (host: string, configured: Record<string, string> = {}) => {
  const told: Record<string, string | undefined> = {};
  const system = await startSystem({
    redis: { url: redisUrl() },
    host,
    port: 0,
    env: { PATH: process.env["PATH"], KEY_PREFIX: uniqueKeyPrefix(), HEALTH_PORT: "0", ...configured },
    dataDir,
    warn: () => {},
    runApp: (options) => {
      told[options.name] = options.env["WEBHOOK_MASTER_SECRET"];
      return runApp(options);
    },
    signal: new AbortController().signal,
  });
  onTestFinished(() => system.stop());
  const url = system.url.replace("0.0.0.0", "127.0.0.1");
  const answer = await fetch(`${url}/v1/webhooks/secret`, { headers: { Authorization: `Bearer ${key}` } });
  return { told, status: answer.status, body: await json<object>(answer) };
};

test("on loopback one is made, which API and worker get, and nobody else can read", async () => {
  const { told, body } = await startSystemOn("127.0.0.1");
  const kept = keepMasterSecret(dataDir);
  expect(told).toEqual({ api: kept, worker: kept });
  expect(body).toEqual({ secrets: [deriveSecret(kept, "default", 1)] });
  expect((await stat(join(dataDir, FILE))).mode & 0o777).toBe(0o600);
  expect(await readdir(dataDir)).toEqual([FILE]);
});

test("one that is configured is used, and none is kept", async () => {
  const configured = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
  const { told } = await startSystemOn("127.0.0.1", { WEBHOOK_MASTER_SECRET: configured });
  expect(told).toEqual({ api: configured, worker: configured });
  expect(await readdir(dataDir)).toEqual([]);
});

test("where other machines can reach the API none is made, and webhooks are refused", async () => {
  const { status, body } = await startSystemOn("0.0.0.0", { API_KEYS: line });
  expect([status, body]).toMatchObject([422, { type: "/problems/webhooks-not-configured" }]);
  expect(await readdir(dataDir)).toEqual([]);
});

test("processes that make one at the same time get the same", async () => {
  const module = new URL("../../scripts/system/keep-master-secret.ts", import.meta.url).href;
  // So many that whoever began late catches up with who began first.
  const dirs = Array.from({ length: 100 }, (_, index) => join(dataDir, String(index)));
  const program = `import { keepMasterSecret } from ${JSON.stringify(module)};
process.stdout.write(JSON.stringify(${JSON.stringify(dirs)}.map(keepMasterSecret)));`;
  const run = () => promisify(execFile)(process.execPath, ["--input-type=module", "-e", program]);
  const made = await Promise.all(Array.from({ length: 4 }, run));
  const kept = dirs.map(keepMasterSecret);
  expect(new Set(kept).size).toBe(dirs.length);
  for (const { stdout } of made) expect(JSON.parse(stdout)).toEqual(kept);
  for (const dir of dirs) expect(await readdir(dir)).toEqual([FILE]);
});
