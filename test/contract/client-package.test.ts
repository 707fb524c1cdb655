import { execFile } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { submit } from "../support/client.ts";
import { type InProcessApi, startInProcessApi } from "../support/in-process-api.ts";
import { type InProcessWorker, startInProcessWorker } from "../support/in-process-worker.ts";
import { uniqueKeyPrefix } from "../support/key-prefix.ts";
import { redisUrl } from "../support/redis-url.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
let app: string;
let api: InProcessApi;
let worker: InProcessWorker;

/** What the examples use beside the client. */
const LINKED = {
  typescript: "node_modules/typescript",
  "@types": "node_modules/@types",
  hono: "apps/api/node_modules/hono",
  piscina: "test/node_modules/piscina",
};

beforeAll(async () => {
  const env = { REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix() };
  api = await startInProcessApi(env);
  worker = await startInProcessWorker(env);
  app = await mkdtemp(join(tmpdir(), "semblance-client-"));
  await run("pnpm", ["pack", "--out", join(app, "package.tgz")], { cwd: join(root, "packages/client") });
  await writeFile(join(app, "package.json"), JSON.stringify({ type: "module" }));
  await run("pnpm", ["add", "--offline", "./package.tgz"], { cwd: app });
  for (const [name, at] of Object.entries(LINKED)) {
    await symlink(join(root, at), join(app, "node_modules", name));
  }
});

afterAll(async () => {
  await worker.close();
  await api.close();
  await rm(app, { recursive: true });
});

const readExamples = async (path: string): Promise<string[]> => {
  const text = await readFile(join(root, path), "utf8");
  return [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, example]) => example!);
};

const writeModule = (name: string, text: string) => writeFile(join(app, name), text);

/** Checks the declarations that were installed, too. */
const checkTypes = (types: string, ...files: string[]) => {
  const options = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--module", "nodenext"];
  const libraries = ["--target", "es2022", "--lib", "es2022,dom,dom.iterable", "--types", types];
  const declarations = ["--allowImportingTsExtensions", "--skipLibCheck", String(types !== "")];
  const tsc = join(app, "node_modules/typescript/bin/tsc");
  return run(tsc, [...options, ...libraries, ...declarations, ...files], { cwd: app }).catch(({ stdout }) => {
    throw new Error(stdout);
  });
};

const runModule = async (name: string, url = api.url): Promise<string[]> => {
  const env = { PATH: process.env["PATH"], SEMBLANCE_URL: url };
  const { stdout } = await run(process.execPath, [name], { cwd: app, env, timeout: 30_000 });
  return stdout.trimEnd().split("\n");
};

test("what is packed needs no other package", async () => {
  const manifest = JSON.parse(
    await readFile(join(app, "node_modules/@semblance/client/package.json"), "utf8"),
  );
  expect(manifest).not.toHaveProperty("dependencies");
  expect(manifest).not.toHaveProperty("peerDependencies");
  await checkTypes("", "node_modules/@semblance/client/dist/index.d.ts");
});

test("installed alone, the examples of its README run one after another, with types", async () => {
  const examples = await readExamples("packages/client/README.md");
  const secret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const body = '{"type":"job.succeeded","data":{"id":"job_1"}}';
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const signature = createHmac("sha256", Buffer.from(secret, "base64"))
    .update(`msg_1.${timestamp}.${body}`)
    .digest("base64");
  const headers = { "webhook-id": "msg_1", "webhook-timestamp": timestamp };
  const deliver = [`v1,${signature}`, "v1,AAAA"].map(
    (signed) => `
const ${signed === "v1,AAAA" ? "bad" : "good"} = new Request("http://127.0.0.1/", {
  method: "POST",
  body: ${JSON.stringify(body)},
  headers: ${JSON.stringify({ ...headers, "webhook-signature": signed })},
});`,
  );
  const calls = "for (const request of [good, bad]) console.log((await receive(request)).status);";
  await writeModule(
    "readme.ts",
    [...examples, ...deliver, calls].join("\n").replaceAll("http://127.0.0.1:8080", api.url),
  );

  await checkTypes("", "readme.ts");
  const printed = (await runModule("readme.ts")).join("\n");
  expect(printed).toMatch(/^\{ index: 1, id: 'city-42', score: 0\.9032/);
  expect(printed).toMatch(/^(queued|running|succeeded)$/m);
  expect(printed).toMatch(/^succeeded$/m);
  expect(printed).toContain("succeeded 2 { order: '17' }");
  expect(printed).toMatch(/^invalid-request \[/m);
  expect(printed).toContain("pointer: '/candidates'");
  expect(printed).toMatch(/\n0\njob\.succeeded job_1\n204\n401$/);
});

test("the example of the whole system's README runs, with types", async () => {
  const examples = await readExamples("README.md");
  await writeModule("walk.ts", examples.join("\n").replaceAll("http://127.0.0.1:8080", api.url));
  await checkTypes("", "walk.ts");
  const printed = (await runModule("walk.ts")).join("\n");
  expect(printed).toMatch(/^\{ index: 0, id: null, score: 0\.9032/);
  expect(printed).toMatch(/^status$/m);
  expect(printed).toContain("succeeded [ { index: 1, id: 'city-42', score: 1 } ]");
  expect(printed).toMatch(/\n2$/);
});

test("the guide from a worker pool leads to a service that answers as before, and says what is wrong", async () => {
  const examples = await readExamples("docs/migrating-from-a-worker-pool.md");
  const names = await Promise.all(
    examples.map(async (example) => {
      const [, name] = /^\/\/ (\S+\.ts)\n/.exec(example)!;
      await writeModule(name!, example);
      return name!;
    }),
  );
  const full = await startInProcessApi({
    REDIS_URL: redisUrl(),
    KEY_PREFIX: uniqueKeyPrefix(),
    QUEUE_DEPTH_MAX: "1",
  });
  await submit(full.url, { query: "a", candidates: ["a"] });
  await writeModule(
    "compare.ts",
    `
import * as before from "./before.ts";
import * as after from "./after.ts";
import { comeBack } from "./come-back.ts";
import { submitOnce } from "./submit-once.ts";

const ask = async (app: typeof before.app, body: object) => {
  const response = await app.request("/match", { method: "POST", body: JSON.stringify(body) });
  return { status: response.status, retryAfter: response.headers.get("Retry-After"), body: await response.json() };
};
const payload = { query: "Sankt Peterburg", candidates: ["Petersburg", "Saint Petersburg", "Sankt Peterburg", ""] };
const isFull = process.argv.includes("full");
const asked = isFull ? [after.app] : [before.app, after.app];
for (const app of asked) console.log(JSON.stringify(await ask(app, payload)));
if (!isFull) {
  console.log(JSON.stringify(await ask(after.app, { query: "", candidates: [] })));
  const id = await submitOnce("17", payload);
  console.log(JSON.stringify(await comeBack(id, AbortSignal.timeout(10_000))));
}
await before.close();
`,
  );

  await checkTypes("node", "compare.ts", ...names);
  const [was, is, wrong, cameBack] = (await runModule("compare.ts")).map((line) => JSON.parse(line));
  expect(was).toMatchObject({ status: 200, body: { matches: [{ index: 2, score: 1 }, {}, {}, {}] } });
  expect(is).toEqual(was);
  expect(wrong).toMatchObject({ status: 422, body: { error: "invalid-request" } });
  expect(cameBack).toMatchObject({ scored: 4 });

  const { stdout } = await run(process.execPath, ["compare.ts", "full"], {
    cwd: app,
    env: { PATH: process.env["PATH"], SEMBLANCE_URL: full.url },
    timeout: 30_000,
  });
  await full.close();
  const refused = JSON.parse(stdout);
  expect(refused).toMatchObject({ status: 503, body: { error: "queue-full" } });
  expect(Number(refused.retryAfter)).toBeGreaterThanOrEqual(1);
});
