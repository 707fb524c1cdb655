import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { redisKeys } from "@semblance/shared/redis/keys";
import { deliveryIdOf } from "@semblance/shared/webhook/delivery-id";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { submit, waitForEnd } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { redisUrl } from "../support/redis-url.ts";
import { startWebhookSystem } from "../support/webhook-system.ts";

const DOCUMENT = new URL("../../docs/capacity.md", import.meta.url);

interface Counts {
  accept: number;
  run: number;
  poll: number;
  result: number;
}

/** What docs/capacity.md says of a kind of job. */
const readDocumented = (title: string): Counts => {
  const row = readFileSync(DOCUMENT, "utf8")
    .split("\n")
    .find((line) => line.startsWith(`| ${title} |`));
  const [accept, run, poll, result] = (row ?? "").split("|").slice(2).map(Number) as number[];
  return { accept: accept!, run: run!, poll: poll!, result: result! };
};

/** What an attempt adds that takes longer than most: the note of its start, and the looks for a cancel. */
const isOfSlowAttempt = ([name, ...args]: string[]) =>
  (/^eval/i.test(name!) && args[1] === "2" && args[2]!.endsWith(":start-deadlines")) ||
  (/^exists$/i.test(name!) && args[0]!.includes(":end-mark:"));

const small = { query: "Sankt Peterburg", candidates: ["Saint Petersburg", "Petersburg"] };
const large = { query: "Sankt Peterburg", candidates: Array.from({ length: 100 }, () => "p".repeat(1_000)) };

test.each([
  { title: "small", submission: small, hasWebhook: false },
  { title: "100 kB", submission: large, hasWebhook: false },
  { title: "small, with a webhook", submission: small, hasWebhook: true },
])(
  "the commands that a job costs Redis are those documented: $title",
  async ({ title, submission, hasWebhook }) => {
    const { receiver, env, url, startWorker } = await startWebhookSystem();
    const redis = new Redis(redisUrl());
    const monitor = await redis.monitor();
    onTestFinished(() => {
      monitor.disconnect();
      redis.disconnect();
    });
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
    const keys = redisKeys(env.KEY_PREFIX);
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
    await (await fetch(`${url}/v1/jobs/${id}/result`)).arrayBuffer();
    const result = await count(id);
    expect({ accept, run, poll, result }).toEqual(readDocumented(title));
  },
);
