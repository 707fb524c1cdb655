import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { descendantsOf, isAlive } from "../support/child-processes.ts";
import { json, type ProblemBody, post, submit, waitFor, waitForEnd } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { longJob } from "../support/long-job.ts";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const CATALOGUE = "apps/api/src/problems/problem-catalogue.ts";
const SUBMISSION = "packages/shared/src/job/submission.ts";
const HEARTBEAT = "apps/worker/src/heartbeat.ts";
interface Dev {
  child: ChildProcess;
  url: string;
  output: () => string;
}

/** A copy of the repository, whose files a test may change. */
let copy: string;
let running: Dev | undefined;

beforeEach(async () => {
  copy = await mkdtemp(join(tmpdir(), "semblance-test-dev-"));
  for (const name of ["package.json", "apps", "infra", "packages", "scripts"]) {
    // Relative as they are, pnpm's links between the packages lead to the copy's.
    await cp(join(REPOSITORY, name), join(copy, name), { recursive: true, verbatimSymlinks: true });
  }
  await symlink(join(REPOSITORY, "node_modules"), join(copy, "node_modules"));
});

afterEach(async () => {
  const child = running?.child;
  running = undefined;
  if (child && child.exitCode === null && child.signalCode === null) {
    child.kill("SIGTERM");
    await once(child, "exit");
  }
  await rm(copy, { recursive: true, force: true });
});

const untilSaid = async (output: () => string, line: string, times = 1): Promise<void> => {
  try {
    await eventually(`"${line}"`, () => (output().split(line).length > times ? true : undefined));
  } catch (error) {
    throw new Error(`${(error as Error).message}; instead it said:\n${output()}`);
  }
};

/** Starts what `npm run dev` starts, in the copy, and waits for its greeting. */
const startDev = async (env: Record<string, string> = {}): Promise<Dev> => {
  const child = spawn(process.execPath, ["scripts/dev.ts"], {
    cwd: copy,
    env: { PATH: process.env["PATH"], PORT: "0", JOB_TIMEOUT_MS: "60000", SHUTDOWN_GRACE_MS: "200", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    said += text;
  });
  const output = () => said;
  running = { child, url: "", output };
  await untilSaid(output, "Ctrl-C stops it.");
  running.url = /API\s+(\S+)/.exec(said)![1]!;
  return running;
};

const edit = async (file: string, change: (text: string) => string): Promise<void> => {
  const path = join(copy, file);
  const changed = change(await readFile(path, "utf8"));
  // Renamed over the old one, as many editors and git do.
  await writeFile(`${path}~`, changed);
  await rename(`${path}~`, path);
};

const append = (file: string, line: string) => edit(file, (text) => `${text}\n${line}\n`);

const readTitle = async (url: string): Promise<string> =>
  (await json<ProblemBody>(fetch(`${url}/nowhere`))).title;

test("each change of an API's source is answered by the new one, at the same address, and the worker and Redis stay", {
  timeout: 120_000,
}, async () => {
  const dev = await startDev();
  const before = await descendantsOf(dev.child.pid!);
  expect(before).toHaveLength(3);
  for (const [round, title] of ["Nowhere", "Nowhere else", "Nowhere at all"].entries()) {
    await edit(CATALOGUE, (text) =>
      text.replace(/(?<="not-found": \{\s+status: 404,\s+title: )".*"/, `"${title}"`),
    );
    await untilSaid(dev.output, "the api runs", round + 2);
    expect(await readTitle(dev.url)).toBe(title);
  }
  const after = await descendantsOf(dev.child.pid!);
  const stayed = after.filter(({ pid }) => before.some((process) => process.pid === pid));
  expect(after).toHaveLength(3);
  expect(stayed.map(({ command }) => /redis|valkey|worker|api/.exec(command)?.[0]).sort()).toEqual([
    expect.stringMatching(/redis|valkey/),
    "worker",
  ]);
});

test("a change of a package reloads both apps", { timeout: 120_000 }, async () => {
  const dev = await startDev();
  await edit(SUBMISSION, (text) => text.replace(" is empty", " says nothing"));
  await untilSaid(dev.output, "the api runs", 2);
  await untilSaid(dev.output, "the worker runs", 2);
  const { errors } = await json<ProblemBody>(post(dev.url, { query: "", candidates: ["a"] }));
  expect(errors).toMatchObject([{ pointer: "/query", detail: "the query says nothing" }]);
});

test("a job that runs when the worker reloads is put back and completed by the new one", {
  timeout: 120_000,
}, async () => {
  const dev = await startDev();
  const { id } = await submit(dev.url, longJob);
  await waitFor(dev.url, id, (job) => job.status === "running");
  await append(HEARTBEAT, "// changed");
  await untilSaid(dev.output, "the worker runs", 2);
  expect(await waitForEnd(dev.url, id, 90_000)).toMatchObject({ status: "succeeded", attempts: 1 });
  expect(dev.output()).toContain("outcome=put_back");
});

test("what changes while an app drains is part of the same reload", { timeout: 120_000 }, async () => {
  const dev = await startDev({ SHUTDOWN_GRACE_MS: "5000" });
  const { id } = await submit(dev.url, longJob);
  await waitFor(dev.url, id, (job) => job.status === "running");
  await append(HEARTBEAT, "// changed");
  await untilSaid(dev.output, "the worker reloads");
  await append(HEARTBEAT, 'console.log("sources of the second change");');
  await append("apps/worker/src/main.ts", "// changed");
  await untilSaid(dev.output, "sources of the second change");
  expect(await waitForEnd(dev.url, id, 90_000)).toMatchObject({ status: "succeeded", attempts: 1 });
  expect(dev.output().split("the worker reloads")).toHaveLength(2);
});

test("sources that cannot start, or hang, are told of and left at the next change", {
  timeout: 120_000,
}, async () => {
  const dev = await startDev();
  const sound = await readFile(join(copy, CATALOGUE), "utf8");
  await append(CATALOGUE, "const = 5;");
  await untilSaid(dev.output, "the api ended with code 1 before it was ready");
  expect(dev.output()).toMatch(/^api\s+SyntaxError/m);

  await edit(CATALOGUE, () => `${sound}\nthrow new Error("it crashes");\n`);
  await untilSaid(dev.output, "the api ended with code 1 before it was ready", 2);
  expect(dev.output()).toMatch(/^api\s+Error: it crashes/m);

  await edit(
    CATALOGUE,
    () => `${sound}\nconsole.log("it hangs");\nawait new Promise(() => setInterval(() => {}, 1_000));\n`,
  );
  await untilSaid(dev.output, "it hangs");

  await edit(CATALOGUE, () => sound.replace("There is no such resource", "Nowhere"));
  await untilSaid(dev.output, "the api runs", 2);
  expect(await readTitle(dev.url)).toBe("Nowhere");
});

test("an app that is killed is told of and starts again at the next change", {
  timeout: 120_000,
}, async () => {
  const dev = await startDev();
  const worker = (await descendantsOf(dev.child.pid!)).find(({ command }) =>
    command.includes("apps/worker"),
  )!;
  process.kill(worker.pid, "SIGKILL");
  await untilSaid(dev.output, "the worker ended with SIGKILL");
  await append(HEARTBEAT, "// changed");
  await untilSaid(dev.output, "the worker runs", 2);
  const { id } = await submit(dev.url, { query: "a", candidates: ["b"] });
  expect(await waitForEnd(dev.url, id)).toMatchObject({ status: "succeeded" });
});

test("Ctrl-C in the middle of a reload leaves no process", { timeout: 120_000 }, async () => {
  const dev = await startDev({ SHUTDOWN_GRACE_MS: "2000" });
  const processes = await descendantsOf(dev.child.pid!);
  expect(processes).toHaveLength(3);
  const { id } = await submit(dev.url, longJob);
  await waitFor(dev.url, id, (job) => job.status === "running");
  await append(HEARTBEAT, "// changed");
  await untilSaid(dev.output, "the worker reloads");
  dev.child.kill("SIGINT");
  dev.child.kill("SIGINT");
  const [code] = await once(dev.child, "exit");
  expect(code).toBe(0);
  expect(processes.filter(isAlive)).toEqual([]);
  expect(dev.output().split("the worker runs")).toHaveLength(2);
});
