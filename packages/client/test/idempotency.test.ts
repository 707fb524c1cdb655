import { afterAll, beforeAll, expect, test } from "vitest";
import { type InProcessApi, startInProcessApi } from "../../../test/support/in-process-api.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";
import { Semblance } from "../src/semblance.ts";
import { type Answer, startAnsweringServer } from "./answering-server.ts";

const input = { query: "a", candidates: ["a"] };
let api: InProcessApi;

beforeAll(async () => {
  api = await startInProcessApi({ REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix() });
});
afterAll(() => api.close());

test("a submission whose answer is lost again and again is one job", async () => {
  const forward: Answer = async (response, { path, headers, body }) => {
    const sent = {
      "Content-Type": "application/json",
      "Idempotency-Key": String(headers["idempotency-key"]),
    };
    const answer = await fetch(api.url + path, { method: "POST", headers: sent, body });
    const text = await answer.text();
    response.writeHead(answer.status, { "Content-Type": "application/json" }).end(text);
  };
  const lose: Answer = async (response, request) => {
    await forward({ writeHead: () => ({ end: () => undefined }) } as never, request);
    response.destroy();
  };
  const { url, requests } = await startAnsweringServer(lose, lose, forward);
  const { id } = await new Semblance({ url, retry: { pauseMs: 1 } }).submit(input);
  expect(requests).toHaveLength(3);
  const semblance = new Semblance({ url: api.url });
  expect(await semblance.queue()).toMatchObject({ depth: 1 });
  expect(await semblance.get(id)).toMatchObject({ status: "queued" });
});

test("a key that is given makes repeated submissions one job, and another body under it an error", async () => {
  const semblance = new Semblance({ url: api.url });
  const { id } = await semblance.submit(input, { idempotencyKey: "order-17" });
  expect(await semblance.submit(input, { idempotencyKey: "order-17" })).toMatchObject({ id });
  const other = semblance.submit({ ...input, query: "b" }, { idempotencyKey: "order-17" });
  await expect(other).rejects.toMatchObject({ code: "idempotency-mismatch", status: 422 });
});
