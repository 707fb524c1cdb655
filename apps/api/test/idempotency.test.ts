import type { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cancel, json, post, readProblem, readQueue, submit } from "../../../test/support/client.ts";
import { connectToRedis } from "../../../test/support/connect-to-redis.ts";
import { eventually } from "../../../test/support/eventually.ts";
import type { InProcessApi } from "../../../test/support/in-process-api.ts";
import { startOwnApi } from "../../../test/support/own-api.ts";

const submission = { query: "a", candidates: ["b"] };
let redis: Redis;

beforeAll(() => {
  redis = connectToRedis();
});
afterAll(() => redis.disconnect());

const send = (api: InProcessApi, key: string, body: unknown = submission, headers = {}) =>
  post(api.url, body, { "Idempotency-Key": key, ...headers });

const idOf = async (response: Response) => (await json<{ id: string }>(response)).id;

const slugOf = async (response: Response) => (await readProblem(response)).type.split("/").at(-1);

describe("a submission that is sent again under its key", () => {
  test("is answered with the job that it made, as it is by now", async () => {
    const { api } = await startOwnApi();
    const first = await send(api, '"k1"');
    expect(first.status).toBe(202);
    expect(first.headers.get("idempotency-replayed")).toBeNull();
    const id = await idOf(first);

    const again = await send(api, '"k1"');
    expect(again.status).toBe(200);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(again.headers.get("location")).toBe(`/v1/jobs/${id}`);
    expect(again.headers.get("retry-after")).not.toBeNull();
    expect(await json(again)).toMatchObject({ id, status: "queued", result: null });
    expect((await readQueue(api.url)).depth).toBe(1);

    await cancel(api.url, id);
    expect(await json(await send(api, '"k1"'))).toMatchObject({ id, status: "canceled" });
  });

  test("may have the key bare: it is the same one", async () => {
    const { api } = await startOwnApi();
    const id = await idOf(await send(api, '"k-1:x"'));
    expect(await idOf(await send(api, "k-1:x"))).toBe(id);
  });

  test("is answered also when the queue is full, the tenant's share is taken and its rate limit reached", async () => {
    const { api } = await startOwnApi({ QUEUE_DEPTH_MAX: "1", TENANT_JOBS_MAX: "1", RATE_LIMIT_JOBS: "1" });
    const id = await idOf(await send(api, "k"));
    for (let time = 0; time < 3; time += 1) expect(await idOf(await send(api, "k"))).toBe(id);
    expect((await send(api, "other")).status).toBe(429);
  });

  test("with another body is refused, and changes nothing", async () => {
    const { api } = await startOwnApi();
    await send(api, "k");
    const other = await send(api, "k", { ...submission, top_n: 1 });
    expect(other.status).toBe(422);
    expect(await slugOf(other)).toBe("idempotency-mismatch");
    expect((await readQueue(api.url)).depth).toBe(1);
  });

  test("with another body is told from it wherever they differ, also when they are large", async () => {
    const { api } = await startOwnApi();
    const large = (at: number) => {
      const candidates = Array.from({ length: 600 }, (_, index) => (index === at ? "y" : "x").repeat(1_000));
      return { query: "a", candidates, top_n: 1 };
    };
    expect((await send(api, "k", large(0))).status).toBe(202);
    for (const at of [1, 300, 599]) expect((await send(api, "k", large(at))).status).toBe(422);
    expect((await send(api, "k", large(0))).status).toBe(200);
  });

  test("when the job was deleted is told that it is gone", async () => {
    const { api } = await startOwnApi();
    const id = await idOf(await send(api, "k"));
    await cancel(api.url, id);
    expect((await fetch(`${api.url}/v1/jobs/${id}`, { method: "DELETE" })).status).toBe(204);
    const again = await send(api, "k");
    expect([again.status, await slugOf(again)]).toEqual([410, "gone"]);
  });

  test("a hundred times at once makes one job, whose id all are told", async () => {
    const { api } = await startOwnApi();
    const body = { ...submission, candidates: ["x".repeat(50_000)] };
    const ids = await Promise.all(Array.from({ length: 100 }, async () => idOf(await send(api, "k", body))));
    expect(new Set(ids).size).toBe(1);
    expect((await readQueue(api.url)).depth).toBe(1);
  });
});

describe("a key whose first submission", () => {
  const reserve = async (expiresInMs: number) => {
    const { api, keys } = await startOwnApi();
    const id = await idOf(await send(api, "k"));
    // As if the API had died before it added the job.
    await redis.zrem(keys.queuePrioritized, id);
    await redis.del(keys.queueJob(id));
    const [name] = (await redis.keys(keys.idempotency("*"))).map((key) =>
      key.slice(keys.idempotency("").length),
    );
    await redis.hset(keys.reservations, id, `${Date.now() + expiresInMs}:0:${name}`);
    return { api, keys, id };
  };

  test("is still being accepted is waited for, and then refused for now", async () => {
    const { api } = await reserve(60_000);
    const again = await send(api, "k");
    expect([again.status, await slugOf(again)]).toEqual([409, "idempotency-in-progress"]);
    expect(Number(again.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  });

  test("is still being accepted is answered as soon as that is done", async () => {
    const { api, keys, id } = await reserve(60_000);
    const again = send(api, "k");
    await redis.hset(keys.queueJob(id), {
      data: JSON.stringify({
        tenant: "default",
        metric: "ratio",
        candidateCount: 1,
        timeoutMs: 1,
        startBeforeMs: 1,
      }),
      timestamp: String(Date.now()),
      priority: "1",
    });
    expect(await idOf(await again)).toBe(id);
  });

  test("lapsed without a job counts as unused", async () => {
    const { api, id } = await reserve(-1);
    const again = await send(api, "k");
    expect(again.status).toBe(202);
    expect(await idOf(again)).not.toBe(id);
  });

  test("was refused counts as unused", async () => {
    const { api } = await startOwnApi({ QUEUE_DEPTH_MAX: "1" });
    const { id } = await submit(api.url, submission);
    expect((await send(api, "k")).status).toBe(503);
    await cancel(api.url, id);
    expect((await send(api, "k")).status).toBe(202);
  });
});

test("its record counts as stored as long as it is there", async () => {
  const { api, keys } = await startOwnApi();
  const id = await idOf(await send(api, "k"));
  await cancel(api.url, id);
  await fetch(`${api.url}/v1/jobs/${id}`, { method: "DELETE" });
  await eventually("only the record is left", async () =>
    (await redis.get(keys.ledgerTotal)) === "384" ? true : undefined,
  );
});

test.each(["", '""', '"a', "a b", "x".repeat(256), '"\\x"'])(
  "a key such as %j is refused by the header's name",
  async (key) => {
    const { api } = await startOwnApi();
    const response = await send(api, key);
    expect(response.status).toBe(422);
    const { errors } = await readProblem(response);
    expect(errors).toMatchObject([{ parameter: "Idempotency-Key" }]);
  },
);
