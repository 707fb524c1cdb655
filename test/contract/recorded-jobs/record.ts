/**
 * Records jobs as the present version leaves them in Redis, for later ones to run: done once for each release, before it.
 *
 * node test/contract/recorded-jobs/record.ts
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_KEY_PREFIX, redisKeys } from "@semblance/shared/redis/keys";
import { deliveryIdOf } from "@semblance/shared/webhook/delivery-id";
import { Redis } from "ioredis";
import { startRedisServer } from "../../../scripts/redis-server.ts";
import { submit, waitForEnd } from "../../support/client.ts";
import { eventually } from "../../support/eventually.ts";
import { startInProcessApi } from "../../support/in-process-api.ts";
import { startInProcessWorker } from "../../support/in-process-worker.ts";
import { startWebhookReceiver } from "../../support/webhook-receiver.ts";
import { MASTER_SECRET } from "../../support/webhook-secret.ts";
import { RECORDED_HOST, type Recording, readCommands } from "./recording.ts";

const options = {
  metric: "token_sort_ratio",
  normalize: { form: "NFKC", case: "fold", accents: "strip", punctuation: "strip", whitespace: "collapse" },
  top_n: 3,
  threshold: 0.2,
  metadata: { order: "4711" },
};
const few = ["Saint Petersburg", { id: "city-42", text: "Petersburg" }, "São Paulo", "PETERSBURG,  Sankt"];
const many = Array.from({ length: 400 }, (_, at) => ({
  id: `city-${at}`,
  text: `${few[at % 3] === few[1] ? "Petersburg" : few[at % 3]} ${at}`,
}));

interface Case {
  submission: object;
  hasWebhook: boolean;
  /** Whether the job has ended, and the first attempt to deliver its webhook failed. */
  isToldAgain: boolean;
}

const query = "Sankt Peterburg";
const cases: Record<string, Case> = {
  small: { submission: { query, candidates: few }, hasWebhook: false, isToldAgain: false },
  "with-options": {
    submission: { query, candidates: few, ...options },
    hasWebhook: false,
    isToldAgain: false,
  },
  "payload-of-its-own": {
    submission: { query, candidates: many, ...options },
    hasWebhook: false,
    isToldAgain: false,
  },
  "with-webhook": {
    submission: { query, candidates: few, ...options },
    hasWebhook: true,
    isToldAgain: false,
  },
  "with-webhook-to-be-sent-again": {
    submission: { query, candidates: few, ...options },
    hasWebhook: true,
    isToldAgain: true,
  },
};

const record = async (
  redis: Redis,
  redisUrl: string,
  { submission, hasWebhook, isToldAgain }: Case,
): Promise<Recording> => {
  await redis.flushall();
  const statuses = [500];
  const receiver = await startWebhookReceiver((_, response) =>
    response.writeHead(statuses.shift() ?? 204).end(),
  );
  const env = {
    REDIS_URL: redisUrl,
    WEBHOOK_MASTER_SECRET: MASTER_SECRET,
    WEBHOOK_ALLOW_HOSTS: receiver.host,
    WEBHOOK_SCHEDULE: "0s,5s",
  };
  const api = await startInProcessApi(env);
  const webhook = hasWebhook ? { webhook: { url: receiver.url } } : {};
  const { id } = await submit(api.url, { ...submission, ...webhook });
  const runJob = async () => {
    const worker = await startInProcessWorker(env);
    const { result, metric, candidate_count, metadata } = await waitForEnd(api.url, id);
    if (hasWebhook) {
      await eventually("the webhook's first attempt is over", async () =>
        (await redis.exists(redisKeys(DEFAULT_KEY_PREFIX).deliveryAttempts(deliveryIdOf(id))))
          ? true
          : undefined,
      );
    }
    await worker.close();
    return { shown: { metric, candidate_count, metadata }, results: result!.results };
  };
  const read = async () => ({ recordedAtMs: Date.now(), commands: await readCommands(redis) });
  try {
    const asSubmitted = await read();
    const outcome = await runJob();
    const { recordedAtMs, commands } = isToldAgain ? await read() : asSubmitted;
    const webhookId = hasWebhook ? deliveryIdOf(id) : null;
    const text = JSON.stringify({ id, recordedAtMs, ...outcome, webhookId, commands });
    return JSON.parse(text.replaceAll(receiver.host, RECORDED_HOST));
  } finally {
    await api.close();
    await receiver.close();
  }
};

const { version } = JSON.parse(await readFile(new URL("../../../package.json", import.meta.url), "utf8"));
const into = new URL(`${version}/`, import.meta.url);
await mkdir(into, { recursive: true });
const dir = await mkdtemp(join(tmpdir(), "semblance-record-"));
const server = await startRedisServer({ dir, appendOnly: false });
const redis = new Redis(server.url);
for (const [name, recorded] of Object.entries(cases)) {
  const recording = await record(redis, server.url, recorded);
  await writeFile(new URL(`${name}.json`, into), `${JSON.stringify(recording, null, 2)}\n`);
  process.stdout.write(`${version}/${name}.json: ${recording.commands.length} commands\n`);
}
redis.disconnect();
await server.stop();
await rm(dir, { recursive: true });
process.exit();
