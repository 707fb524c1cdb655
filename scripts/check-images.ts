/**
 * Tries the images without an engine: runs every command of the Dockerfile in clean folders, then API and worker from what
 * came of it, each as a container would be run, until they have scored a job.
 *
 * scripts/bootstrap node scripts/check-images.ts
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createApiKey } from "../apps/api/src/tenants/api-key.ts";
import { buildImages, type Image } from "./images/build-images.ts";
import { imageFiles } from "./images/image-files.ts";
import { type Container, canRunImages, runImage } from "./images/run-image.ts";
import { findFreePort } from "./redis/find-free-port.ts";
import { startRedisServer } from "./redis-server.ts";

const REPOSITORY = fileURLToPath(new URL("../", import.meta.url));
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 30_000;

/** What someone who got into a container would look for first. */
const TOOLS = /^(sh|bash|dash|busybox|apt|apt-get|dpkg|apk|npm|npx|corepack|pnpm|yarn)(\.c?js)?$/;
const FOR_DEVELOPMENT = /node_modules\/\.pnpm\/(typescript|assemblyscript|vitest|@biomejs)/;

const say = (line: string) => process.stdout.write(`${line}\n`);

const expect = (guarantee: string, isKept: boolean, found: unknown) => {
  if (!isKept) throw new Error(`not so: ${guarantee}; but ${JSON.stringify(found)}`);
  say(`✓ ${guarantee}`);
};

const checkFiles = async (name: string, { root, user }: Image) => {
  expect(`the ${name}'s user is a number, and not root's`, /^[1-9]\d*:[1-9]\d*$/.test(user), user);
  const files = await imageFiles(root);
  const unwanted = files
    .map(({ path }) => path)
    .filter((path) => TOOLS.test(basename(path)) || FOR_DEVELOPMENT.test(path));
  expect(
    `the ${name}'s image holds no shell, package manager or development dependency`,
    unwanted.length === 0,
    unwanted,
  );
  const size = files.reduce((bytes, { stats }) => bytes + stats.size, 0);
  say(
    `  ${Math.round(size / 1e6)} MB in ${files.length} files, this machine's C libraries in place of the base image's`,
  );
};

/** As an engine does it: in the container, again and again, until it says yes. */
const untilHealthy = async (
  name: string,
  image: Image,
  env: Record<string, string>,
  container: Container,
) => {
  const limit = AbortSignal.timeout(START_LIMIT_MS);
  const ended = container.ended.then(({ how, output }) => {
    throw new Error(`the ${name} ended with ${how}:\n${output}`);
  });
  const healthy = (async () => {
    while ((await runImage(image, image.healthCheck, env).ended).how !== 0) {
      limit.throwIfAborted();
      await delay(200);
    }
  })();
  await Promise.race([healthy, ended]);
  say(`✓ the ${name} runs read-only as user ${image.user}, and its health check says so`);
};

const scoreOneJob = async (url: string, key: string) => {
  const response = await fetch(`${url}/v1/jobs`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json", Prefer: "wait=30" },
    body: JSON.stringify({ query: "Sankt Peterburg", candidates: ["Saint Petersburg", "Moskva"] }),
    signal: AbortSignal.timeout(START_LIMIT_MS),
  });
  return (await response.json()) as { status: string; result: { scored: number } | null };
};

const REDRIVE = ["node", "scripts/redrive.ts", "--code", "crashed", "--dry-run"];

const stopAndCheck = async (
  name: string,
  image: Image,
  env: Record<string, string>,
  container: Container,
) => {
  const asProcess1 = (output: string) =>
    output
      .trimEnd()
      .split("\n")
      .every((line) => JSON.parse(line).pid === 1);
  container.stop();
  const end = await Promise.race([container.ended, delay(STOP_LIMIT_MS, undefined, { ref: false })]);
  const isOrderly = end?.how === 0 && /"msg":"stopped"/.test(end.output) && asProcess1(end.output);
  expect(`the ${name} is process 1 there, and drains when it gets ${image.stopSignal}`, isOrderly, end);
  const { how } = await runImage(image, image.healthCheck, env).ended;
  expect(`the ${name}'s health check fails without it`, how === 1, how);
};

const runBoth = async (api: Image, worker: Image, redisUrl: string) => {
  const { how, output } = await runImage(api, api.command).ended;
  expect("without keys the API does not start", how === 1 && output.includes("API_KEYS"), output);

  const { key, line } = createApiKey("check");
  const port = await findFreePort();
  const apiEnv = { REDIS_URL: redisUrl, API_KEYS: line, PORT: String(port) };
  const workerEnv = {
    REDIS_URL: redisUrl,
    WORKER_CONCURRENCY: "1",
    HEALTH_PORT: String(await findFreePort()),
  };
  const apiContainer = runImage(api, api.command, apiEnv);
  const workerContainer = runImage(worker, worker.command, workerEnv);
  try {
    await untilHealthy("API", api, apiEnv, apiContainer);
    await untilHealthy("worker", worker, workerEnv, workerContainer);
    const job = await scoreOneJob(`http://127.0.0.1:${port}`, key);
    expect(
      "a job goes from one to the other and back",
      job.status === "succeeded" && job.result?.scored === 2,
      job,
    );
    const redrive = await runImage(api, REDRIVE, apiEnv).ended;
    expect(
      "failed jobs can be redriven from the API's image",
      redrive.how === 0 && redrive.output.startsWith("0 would be redriven"),
      redrive,
    );
    await stopAndCheck("worker", worker, workerEnv, workerContainer);
    await stopAndCheck("API", api, apiEnv, apiContainer);
  } finally {
    apiContainer.kill();
    workerContainer.kill();
  }
};

const check = async (dir: string) => {
  const dockerfile = await readFile(join(REPOSITORY, "infra/docker/Dockerfile"), "utf8");
  const images = await buildImages(dockerfile, {
    context: REPOSITORY,
    dir: join(dir, "stages"),
    onInstruction: (line) => say(`  ${line}`),
  });
  const [api, worker] = [images.get("api")!, images.get("worker")!];
  say("✓ every command of the Dockerfile runs");
  await checkFiles("API", api);
  await checkFiles("worker", worker);
  const redis = await startRedisServer({ dir: join(dir, "redis"), appendOnly: false });
  await runBoth(api, worker, redis.url).finally(() => redis.stop());
};

if (!canRunImages) {
  process.stderr.write("this needs root on Linux, for namespaces and another root folder\n");
  process.exit(1);
}
const dir = await mkdtemp(join(tmpdir(), "semblance-images-"));
try {
  await check(dir);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  await rm(dir, { recursive: true, force: true });
}
