import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { DEFAULT_KEY_PREFIX, redisKeys } from "@semblance/shared/redis/keys";
import { deliveryIdOf } from "@semblance/shared/webhook/delivery-id";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { startRedisServer } from "../../scripts/redis-server.ts";
import { readRedisUsage } from "../bench/redis-usage.ts";
import { submissionOf } from "../bench/submission-of.ts";
import { waitForCompleted } from "../bench/wait-for-completed.ts";
import { read, submit, waitForEnd } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { startWebhookSystem } from "../support/webhook-system.ts";

const DOCUMENT = new URL("../../docs/capacity.md", import.meta.url);

/** Of the bytes: what goes by the clock, such as heartbeats, is in them. */
const TOLERANCE = 0.15;

/** What docs/capacity.md says of a kind of job. */
const readDocumented = (title: string) => {
  const row = readFileSync(DOCUMENT, "utf8")
    .split("\n")
    .find((line) => line.startsWith(`| ${title} |`));
  const [accept, run, poll, result, kBIn, kBOut] = (row ?? "").split("|").slice(2).map(Number);
  return { commands: { accept, run, poll, result }, kBIn: kBIn!, kBOut: kBOut! };
};

/** What an attempt adds that takes longer than most: the note of its start, and the looks for a cancel. */
const isOfSlowAttempt = ([name, ...args]: string[]) =>
  (/^eval/i.test(name!) && args[1] === "2" && args[2]!.endsWith(":start-deadlines")) ||
  (/^exists$/i.test(name!) && args[0]!.includes(":end-mark:"));

const KINDS = [
  { title: "10 candidates", submission: submissionOf(10), hasWebhook: false },
  { title: "10,000 candidates, 100 kB", submission: submissionOf(10_000), hasWebhook: false },
  { title: "10 candidates and a webhook", submission: submissionOf(10), hasWebhook: true },
];

const readResult = async (url: string, id: string) => {
  await (await fetch(`${url}/v1/jobs/${id}/result`)).arrayBuffer();
};

/** A Redis that nobody else asks anything: it counts the bytes of all who do. */
const startOwnRedis = async () => {
  const folder = await createTemporaryFolder();
  onTestFinished(() => folder.remove());
  const server = await startRedisServer({ dir: folder.path, appendOnly: false });
  onTestFinished(() => server.stop());
  const redis = new Redis(server.url);
  onTestFinished(() => redis.disconnect());
  // Names of keys are most of what a small job moves, and those of other tests are long.
  return { redis, env: { REDIS_URL: server.url, KEY_PREFIX: DEFAULT_KEY_PREFIX } };
};

const keys = redisKeys(DEFAULT_KEY_PREFIX);

test.each(KINDS)(
  "the commands that a job costs Redis are those documented: $title",
  async ({ title, submission, hasWebhook }) => {
    const { redis, env } = await startOwnRedis();
    // Before anyone asks anything: ioredis takes no line of a monitor that comes together with the answer to its command.
    const monitor = await redis.monitor();
    onTestFinished(() => monitor.disconnect());
    const { receiver, url, startWorker } = await startWebhookSystem({ env });
    const [, self] = /\baddr=(\S+)/.exec(String(await redis.call("CLIENT", "INFO")))!;
    const seen: string[][] = [];
    let echoed: string | undefined;
    monitor.on("monitor", (_time: string, args: string[], source: string) => {
      if (source === self) echoed = args[1];
      else if (source !== "lua") seen.push(args);
    });
    /** The commands since the last look that name the job, scripts included; nothing that scripts do. */
    const count = async (id: string): Promise<number> => {
      const mark = randomUUID();
      await redis.echo(mark);
      await eventually("the monitor has come so far", () => echoed === mark || undefined);
      const name = id.slice("job_".length);
      const naming = seen.splice(0).filter((args) => args.some((arg) => arg.includes(name)));
      return naming.filter((args) => !isOfSlowAttempt(args)).length;
    };

    const { id } = await submit(
      url,
      hasWebhook ? { ...submission, webhook: { url: receiver.url } } : submission,
    );
    const accept = await count(id);
    await startWorker();
    await eventually("it has ended", async () =>
      (await redis.zcard(keys.queueCompleted)) === 1 ? true : undefined,
    );
    if (hasWebhook) {
      await eventually("it is told of", () => receiver.received[0]);
      await eventually(
        "that is noted",
        async () => (await redis.exists(keys.deliveryJob(deliveryIdOf(id)))) === 0 || undefined,
      );
    }
    const run = await count(id);
    await waitForEnd(url, id);
    const poll = await count(id);
    await readResult(url, id);
    const result = await count(id);
    expect({ accept, run, poll, result }).toEqual(readDocumented(title).commands);
  },
);

test.each(KINDS)(
  "the bytes that a job moves to and from Redis are those documented: $title",
  { timeout: 60_000 },
  async ({ title, submission, hasWebhook }) => {
    const { redis, env } = await startOwnRedis();
    // How often several look in vain for a host's turn is chance.
    const { receiver, url, startWorker } = await startWebhookSystem({
      env: { ...env, WEBHOOK_CONCURRENCY: "1" },
    });
    const webhook = hasWebhook ? { webhook: { url: receiver.url } } : {};
    let ended = 0;
    /** What so many jobs move that are all there when their worker starts: each but the first comes with the end of another. */
    const move = async (count: number) => {
      const before = await readRedisUsage(redis);
      const ids: string[] = [];
      while (ids.length < count) ids.push((await submit(url, { ...submission, ...webhook })).id);
      const worker = await startWorker();
      ended += count;
      await waitForCompleted(redis, { completedKey: keys.queueCompleted, count: ended, pauseMs: 100 });
      if (hasWebhook) {
        await eventually("all are told of", () => receiver.received.length === ended || undefined);
        await eventually(
          "that is noted",
          async () => (await redis.llen(keys.deliveriesActive)) === 0 || undefined,
        );
      }
      for (const id of ids) {
        await read(url, id);
        await readResult(url, id);
      }
      await worker.close();
      const after = await readRedisUsage(redis);
      return { bytesIn: after.bytesIn - before.bytesIn, bytesOut: after.bytesOut - before.bytesOut };
    };
    // Redis has all scripts after the first, and what it costs to start a worker drops out of the difference.
    await move(1);
    const few = await move(5);
    const many = await move(45);
    const perJob = (field: keyof typeof few) => (many[field] - few[field]) / (45 - 5) / 1_000;
    const documented = readDocumented(title);
    for (const [field, kB] of [
      ["bytesIn", documented.kBIn],
      ["bytesOut", documented.kBOut],
    ] as const) {
      expect(perJob(field), field).toBeGreaterThan(kB * (1 - TOLERANCE));
      expect(perJob(field), field).toBeLessThan(kB * (1 + TOLERANCE));
    }
  },
);
