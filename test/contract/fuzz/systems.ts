import { createApiKey } from "../../../apps/api/src/tenants/api-key.ts";
import { json } from "../../support/client.ts";
import { eventually } from "../../support/eventually.ts";
import { startInProcessApi } from "../../support/in-process-api.ts";
import { startInProcessWorker } from "../../support/in-process-worker.ts";
import { uniqueKeyPrefix } from "../../support/key-prefix.ts";
import { misdeed } from "../../support/misdeeds.ts";
import { redisUrl } from "../../support/redis-url.ts";
import { startWebhookReceiver } from "../../support/webhook-receiver.ts";
import { MASTER_SECRET } from "../../support/webhook-secret.ts";
import type { DeliveryState, JobState, Named, SystemName } from "./call.ts";

export const BODY_BYTES_MAX = 16_384;

/** Small, so that what is just above a limit costs no more than what is just below. */
const LIMITS = {
  BODY_BYTES_MAX: String(BODY_BYTES_MAX),
  ENVELOPE_BYTES_MAX: String(BODY_BYTES_MAX),
  QUERY_CHARS_MAX: "40",
  CANDIDATES_MAX: "20",
  CANDIDATE_CHARS_MAX: "30",
  ID_CHARS_MAX: "12",
  METADATA_PAIRS_MAX: "4",
  METADATA_VALUE_CHARS_MAX: "16",
  JOB_CELLS_MAX: "200000",
  PREFER_WAIT_MAX_S: "1",
  QUEUE_DEPTH_MAX: "100000",
};

/** So tight that they are met, and not all of the time. */
const TENANT_LIMITS = {
  RATE_LIMIT_WINDOW_S: "1",
  RATE_LIMIT_JOBS: "5",
  RATE_LIMIT_REQUESTS: "5",
  TENANT_JOBS_MAX: "20",
};

const NO_REDIS = "redis://127.0.0.1:1";
/** Nothing listens there. */
const DEAF_HOST = "127.0.0.1:1";

const small = { query: "a", candidates: ["b"] };
/** Its result is large enough to be compressed. */
const wide = {
  query: "a",
  candidates: Array.from({ length: 20 }, (_, index) => ({ id: `candidate-${index}`, text: "b" })),
};

/** The APIs that are called, and the jobs and deliveries that they have. */
export interface Systems {
  urls: Record<SystemName, string>;
  /** Opens `keyed`, and nothing else asks for one. */
  apiKey: string;
  /** Takes webhooks. */
  receiverUrl: string;
  /** Where what is named is. */
  systemOf: (named: Named) => SystemName;
  /** The id of what is named, in its state when it is handed out. */
  idOf: (named: Named) => Promise<string>;
  close: () => Promise<void>;
}

const STOCK = { failed: 6, expired: 20, deliveries: 4 };

/** Hands out the same ones again and again: an ended job only changes by being deleted. */
const cycle = (ids: string[]) => {
  let next = 0;
  return () => ids[next++ % ids.length]!;
};

const times = <Value>(count: number, make: () => Promise<Value>) =>
  Promise.all(Array.from({ length: count }, make));

/** Asks again while the machine is so busy that Redis seems slow: what is prepared is not what is tested. */
const ask = (url: string, init: RequestInit = {}): Promise<Response> =>
  eventually(`an answer of ${url}`, async () => {
    const response = await fetch(url, init);
    return response.status === 503 ? undefined : response;
  });

const postForId = async (url: string, sent: object): Promise<string> => {
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify(sent);
  return (await json<{ id: string }>(ask(url, { method: "POST", headers, body }))).id;
};

const submitId = (url: string, submission: object) => postForId(`${url}/v1/jobs`, submission);

const readStatus = (url: string, id: string): Promise<{ status?: string; done?: boolean }> =>
  json(ask(`${url}/v1/jobs/${id}`));

/**
 * `served` has the product's worker, `stuck` one whose jobs wait for what never comes, `idle` none; `full` takes no more jobs and sends no webhooks,
 * `away` has no Redis, `keyed` lets nobody in without a key, and `limited` holds its tenant to a rate and a number of jobs.
 */
export const startSystems = async (): Promise<Systems> => {
  const receiver = await startWebhookReceiver();
  const open: { close: () => Promise<void> }[] = [receiver];
  const webhooks = {
    WEBHOOK_MASTER_SECRET: MASTER_SECRET,
    WEBHOOK_ALLOW_HOSTS: `${receiver.host},${DEAF_HOST}`,
  };
  const startApi = async (env: Record<string, string>) => {
    const api = await startInProcessApi({ REDIS_URL: redisUrl(), ...LIMITS, ...webhooks, ...env });
    open.push(api);
    return api;
  };
  const prefixes = {
    served: uniqueKeyPrefix(),
    stuck: uniqueKeyPrefix(),
    idle: uniqueKeyPrefix(),
    full: uniqueKeyPrefix(),
    keyed: uniqueKeyPrefix(),
    limited: uniqueKeyPrefix(),
  };
  const start = (name: keyof typeof prefixes, env: Record<string, string> = {}) =>
    startApi({ KEY_PREFIX: prefixes[name], ...env });
  const startWorker = async (name: keyof typeof prefixes, processor?: URL) => {
    const env = { REDIS_URL: redisUrl(), KEY_PREFIX: prefixes[name], HEALTH_PORT: "0", ...webhooks };
    open.push(await startInProcessWorker(env, processor));
  };
  const close = async () => {
    for (const part of open.reverse()) await part.close();
  };

  const { key: apiKey, line } = createApiKey("acme");
  const [served, stuck, idle, full, away, keyed, limited] = await Promise.all([
    start("served"),
    start("stuck", { JOB_TIMEOUT_MS: "600000" }),
    start("idle"),
    start("full", { QUEUE_DEPTH_MAX: "1", WEBHOOK_MASTER_SECRET: "" }),
    startApi({ KEY_PREFIX: uniqueKeyPrefix(), REDIS_URL: NO_REDIS }),
    start("keyed", { API_KEYS: line }),
    start("limited", TENANT_LIMITS),
  ]);
  await Promise.all([
    startWorker("served"),
    startWorker("stuck", new URL("../../support/misbehaving-processor.ts", import.meta.url)),
    submitId(full.url, small),
  ]);

  const canceled = async () => {
    const id = await submitId(idle.url, small);
    await ask(`${idle.url}/v1/jobs/${id}/cancel`, { method: "POST" });
    return id;
  };
  const endedAfter = async (url: string, submission: object) => {
    const id = await submitId(url, submission);
    await eventually("the end of a job", async () => ((await readStatus(url, id)).done ? true : undefined));
    return id;
  };
  const hang = (timeoutMs: number) => misdeed("waits for what never comes", { timeout_ms: timeoutMs });
  const [failed, expired] = await Promise.all([
    times(STOCK.failed, () => endedAfter(stuck.url, hang(100))),
    times(STOCK.expired, () => endedAfter(idle.url, { ...small, expires_in_ms: 1_000 })),
  ]);

  let running: Promise<string> = Promise.resolve("");
  /** One for all who ask, until one of them has canceled it. */
  const anyRunning = (): Promise<string> => {
    running = running.then(async (known) => {
      if (known && (await readStatus(stuck.url, known)).status === "running") return known;
      const id = await submitId(stuck.url, hang(600_000));
      await eventually("a running job", async () =>
        (await readStatus(stuck.url, id)).status === "running" ? true : undefined,
      );
      return id;
    });
    return running;
  };

  const testId = (url: string, target: string) => postForId(`${url}/v1/webhooks/test`, { url: target });
  const deliveredTo = async (target: string) => {
    const id = await testId(served.url, target);
    await eventually("the end of a delivery", async () => {
      const { status } = await json<{ status?: string }>(ask(`${served.url}/v1/deliveries/${id}`));
      return status === "pending" ? undefined : true;
    });
    return id;
  };
  const [taken, refused] = await Promise.all(
    [receiver.url, `http://${DEAF_HOST}/`].map((target) =>
      times(STOCK.deliveries, () => deliveredTo(target)),
    ),
  );

  const makers: Record<JobState, () => Promise<string> | string> = {
    queued: () => submitId(idle.url, small),
    running: anyRunning,
    succeeded: () => endedAfter(served.url, wide),
    failed: cycle(failed),
    expired: cycle(expired),
    canceled,
    deleted: async () => {
      const id = await canceled();
      await ask(`${idle.url}/v1/jobs/${id}`, { method: "DELETE" });
      return id;
    },
  };
  const places: Record<JobState, SystemName> = {
    queued: "idle",
    running: "stuck",
    succeeded: "served",
    failed: "stuck",
    canceled: "idle",
    expired: "idle",
    deleted: "idle",
  };
  const deliveryMakers: Record<DeliveryState, () => Promise<string> | string> = {
    pending: () => testId(idle.url, receiver.url),
    succeeded: cycle(taken!),
    failed: cycle(refused!),
  };
  const deliveryPlaces: Record<DeliveryState, SystemName> = {
    pending: "idle",
    succeeded: "served",
    failed: "served",
  };
  return {
    urls: {
      served: served.url,
      stuck: stuck.url,
      idle: idle.url,
      full: full.url,
      away: away.url,
      keyed: keyed.url,
      limited: limited.url,
    },
    apiKey,
    receiverUrl: receiver.url,
    systemOf: (named) => ("job" in named ? places[named.job] : deliveryPlaces[named.delivery]),
    idOf: async (named) => ("job" in named ? makers[named.job]() : deliveryMakers[named.delivery]()),
    close,
  };
};
