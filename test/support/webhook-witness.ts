import type { ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { RedisKeys } from "@semblance/shared/redis/keys";
import { deliveryIdOf } from "@semblance/shared/webhook/delivery-id";
import type { Redis } from "ioredis";
import { expect } from "vitest";
import { type JobWithResult, waitForEnd } from "./client.ts";
import { eventually } from "./eventually.ts";
import { type ReceivedWebhook, startWebhookReceiver, type WebhookReceiver } from "./webhook-receiver.ts";
import { MASTER_SECRET } from "./webhook-secret.ts";

const SLOW_MS = 20;
/** Soon again and again, and never over: a receiver that fails may be left alone for longer than all but the last take. */
const SCHEDULE = ["0s", ...Array(30).fill("100ms"), "1h"].join();
/** No measure of speed. */
const ARRIVAL_LIMIT_MS = 120_000;

/** Three receivers of webhooks, and what they were told: one that takes all at once, one that is slow, one that refuses every other at first. */
export interface WebhookWitness {
  receivers: WebhookReceiver[];
  /** What API and workers need to tell them, and to try again soon. */
  env: Record<string, string>;
  /** How many webhooks came in all. */
  count: () => number;
  /** Resolves when so many have come in all. */
  untilCount: (count: number) => Promise<true>;
  /**
   * That every job's end was told to its receiver and to no other, under one id and always in the same words, as the API tells it; and that
   * nothing is left to be sent.
   *
   * @param jobs accepted ones: id → its receiver's index
   * @returns the jobs as they ended, and how many webhooks came again after they were taken
   */
  expectAllTold: (
    system: { apiUrl: string; redis: Redis; keys: RedisKeys },
    jobs: Map<string, number>,
  ) => Promise<{ ended: JobWithResult[]; duplicates: number }>;
  /** Ids of all jobs that were told of. */
  toldIds: () => Set<string>;
  close: () => Promise<void>;
}

/** @param slowMs how long the slow receiver takes */
export const startWebhookWitness = async (slowMs = SLOW_MS): Promise<WebhookWitness> => {
  const taken = new Map<string, number>();
  const take = ({ id }: ReceivedWebhook, response: ServerResponse) => {
    taken.set(id, (taken.get(id) ?? 0) + 1);
    response.writeHead(204).end();
  };
  // Not all of them: who answers nothing but errors is left alone for longer and longer.
  const firstAttempts = new Set<string>();
  const receivers = await Promise.all([
    startWebhookReceiver(take),
    startWebhookReceiver(async (webhook, response) => {
      await delay(slowMs);
      take(webhook, response);
    }),
    startWebhookReceiver((webhook, response) => {
      const isFirst = !firstAttempts.has(webhook.id);
      firstAttempts.add(webhook.id);
      if (!isFirst || firstAttempts.size % 2 === 0) return take(webhook, response);
      response.writeHead(500).end();
    }),
  ]);
  const count = () => receivers.reduce((sum, { received }) => sum + received.length, 0);
  return {
    receivers,
    env: {
      WEBHOOK_MASTER_SECRET: MASTER_SECRET,
      WEBHOOK_ALLOW_HOSTS: receivers.map(({ host }) => host).join(),
      WEBHOOK_SCHEDULE: SCHEDULE,
      WEBHOOK_TIMEOUT_MS: "2000",
    },
    count,
    untilCount: (wanted) =>
      eventually(`${wanted} webhooks`, () => (count() >= wanted ? true : undefined), ARRIVAL_LIMIT_MS),
    expectAllTold: async ({ apiUrl, redis, keys }, jobs) => {
      const ended: JobWithResult[] = [];
      for (const [id, receiver] of jobs) {
        const job = await waitForEnd(apiUrl, id, ARRIVAL_LIMIT_MS);
        await eventually(
          `the delivery of ${id}`,
          async () =>
            (await redis.hget(keys.delivery(deliveryIdOf(id)), "status")) === "succeeded" ? true : undefined,
          ARRIVAL_LIMIT_MS,
        );
        const told = receivers.map(({ received }) =>
          received.filter(({ message }) => message.data.id === id),
        );
        const attempts = told[receiver]!;
        expect(taken.get(deliveryIdOf(id))).toBeGreaterThan(0);
        expect(told.flat()).toHaveLength(attempts.length);
        expect(new Set(attempts.map((attempt) => attempt.id))).toEqual(new Set([deliveryIdOf(id)]));
        expect(new Set(attempts.map(({ body }) => body.toString())).size).toBe(1);
        const { result, ...view } = job;
        expect(attempts[0]!.message).toMatchObject({
          type: `job.${job.status}`,
          timestamp: job.finished_at,
          data: result ? { ...view, result } : view,
        });
        ended.push(job);
      }
      const times = [...jobs.keys()].map((id) => taken.get(deliveryIdOf(id))!);
      return { ended, duplicates: times.reduce((sum, each) => sum + each - 1, 0) };
    },
    toldIds: () =>
      new Set(receivers.flatMap(({ received }) => received.map(({ message }) => message.data.id))),
    close: async () => {
      await Promise.all(receivers.map((receiver) => receiver.close()));
    },
  };
};
