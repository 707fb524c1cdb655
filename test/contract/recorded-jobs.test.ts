import { readdirSync, readFileSync } from "node:fs";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { waitForEnd } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { redisUrl } from "../support/redis-url.ts";
import { startWebhookSystem } from "../support/webhook-system.ts";
import { loadRecording, type Recording } from "./recorded-jobs/recording.ts";

const RECORDED = new URL("recorded-jobs/", import.meta.url);
const files = readdirSync(RECORDED, { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith(".json"),
);

test("jobs of the present version are recorded", () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  expect(new Set(files.map((file) => file.split("/")[0]))).toContain(version);
});

test.each(files)("the job of a released version runs to its end: %s", async (file) => {
  const recording: Recording = JSON.parse(readFileSync(new URL(file, RECORDED), "utf8"));
  const { id, shown, results, webhookId } = recording;
  const { receiver, env, url, startWorker } = await startWebhookSystem();
  const redis = new Redis(redisUrl());
  onTestFinished(() => redis.disconnect());
  await loadRecording(redis, recording, { keyPrefix: env.KEY_PREFIX, host: receiver.host });
  await startWorker();

  expect(await waitForEnd(url, id)).toMatchObject({
    ...shown,
    status: "succeeded",
    attempts: 1,
    result: { results },
  });
  const list = (await (await fetch(`${url}/v1/jobs`)).json()) as { jobs: unknown[] };
  expect(list.jobs).toMatchObject([{ id, status: "succeeded" }]);
  if (webhookId === null) return;
  const webhook = await eventually("it is told of", () => receiver.received[0]);
  expect(webhook).toMatchObject({
    id: webhookId,
    message: { type: "job.succeeded", data: { id, result: { results } } },
  });
});
