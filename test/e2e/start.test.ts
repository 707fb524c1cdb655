import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { descendantsOf, isAlive } from "../support/child-processes.ts";
import { submit, waitFor, waitForEnd } from "../support/client.ts";
import { longJob } from "../support/long-job.ts";

const REPOSITORY = new URL("../../", import.meta.url);
let dataDir: string;
let running: ChildProcess | undefined;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "semblance-test-start-"));
});

afterEach(async () => {
  if (running && running.exitCode === null && running.signalCode === null) {
    running.kill("SIGTERM");
    await once(running, "exit");
  }
  await rm(dataDir, { recursive: true, force: true });
});

/** Starts what `npm start` starts, in a directory of its own, and waits for its greeting. */
const start = async (): Promise<{ child: ChildProcess; url: string }> => {
  const child = spawn(process.execPath, ["scripts/start.ts", "--data", dataDir], {
    cwd: REPOSITORY,
    env: { PATH: process.env["PATH"], PORT: "0", JOB_TIMEOUT_MS: "60000", SHUTDOWN_GRACE_MS: "200" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  running = child;
  let greeting = "";
  for await (const chunk of child.stdout!) {
    greeting += chunk;
    if (greeting.includes("Ctrl-C stops it.")) break;
  }
  return { child, url: /API\s+(\S+)/.exec(greeting)![1]! };
};

test("Ctrl-C in the middle of a job leaves no process, and the next start completes the job", {
  timeout: 120_000,
}, async () => {
  const first = await start();
  const processes = await descendantsOf(first.child.pid!);
  expect(processes.length).toBeGreaterThanOrEqual(3);
  const { id } = await submit(first.url, longJob);
  await waitFor(first.url, id, (job) => job.status === "running");
  // A terminal and npm both deliver the same Ctrl-C.
  first.child.kill("SIGINT");
  first.child.kill("SIGINT");
  const [code] = await once(first.child, "exit");
  expect(code).toBe(0);
  expect(processes.filter(isAlive)).toEqual([]);

  const second = await start();
  expect(await waitForEnd(second.url, id, 90_000)).toMatchObject({ status: "succeeded", attempts: 1 });
});

test("webhooks need no setting up, and the next start signs them with the same secret", {
  timeout: 120_000,
}, async () => {
  const readSecrets = async (url: string) => (await fetch(`${url}/v1/webhooks/secret`)).text();
  const first = await start();
  const secrets = await readSecrets(first.url);
  expect(secrets).toMatch(/^\{"secrets":\["whsec_[^"]+"\]\}$/);
  first.child.kill("SIGTERM");
  await once(first.child, "exit");

  const second = await start();
  expect(await readSecrets(second.url)).toBe(secrets);
});

test("what a killed launcher leaves behind is gone or taken over by the next start", {
  timeout: 120_000,
}, async () => {
  const first = await start();
  const { id } = await submit(first.url, { query: "a", candidates: ["b"] });
  await waitForEnd(first.url, id);
  first.child.kill("SIGKILL");
  await once(first.child, "exit");

  const second = await start();
  expect(await waitForEnd(second.url, id)).toMatchObject({ status: "succeeded" });
});
