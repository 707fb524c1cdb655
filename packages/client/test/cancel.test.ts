import { afterAll, beforeAll, expect, test } from "vitest";
import { type InProcessApi, startInProcessApi } from "../../../test/support/in-process-api.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";
import { Semblance } from "../src/semblance.ts";
import { breakOff, startAnsweringServer } from "./answering-server.ts";

const input = { query: "a", candidates: ["a"] };
let api: InProcessApi;
let semblance: Semblance;

beforeAll(async () => {
  api = await startInProcessApi({ REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix() });
  semblance = new Semblance({ url: api.url });
});
afterAll(() => api.close());

test("a job is canceled, and canceling it again says the same", async () => {
  const { id } = await semblance.submit(input);
  expect(await semblance.cancel(id)).toMatchObject({ status: "canceled" });
  expect(await semblance.cancel(id)).toMatchObject({ id, status: "canceled" });
});

test("a cancel whose answer is lost is sent again, and succeeds", async () => {
  const { id } = await semblance.submit(input);
  const forward = async (path: string, method: string) => {
    const answer = await fetch(api.url + path, { method });
    return { status: answer.status, type: answer.headers.get("content-type")!, body: await answer.text() };
  };
  const { url, requests } = await startAnsweringServer(
    async (response, { path, method }) => {
      await forward(path, method);
      breakOff(response, {} as never);
    },
    async (response, { path, method }) => {
      const { status, type, body } = await forward(path, method);
      response.writeHead(status, { "Content-Type": type }).end(body);
    },
  );
  const job = await new Semblance({ url, retry: { pauseMs: 1 } }).cancel(id);
  expect(job).toMatchObject({ status: "canceled" });
  expect(requests.map(({ method }) => method)).toEqual(["POST", "POST", "GET"]);
});

test("a job that ended otherwise cannot be canceled", async () => {
  const { id } = await semblance.submit({ ...input, expires_in_ms: 1_000 });
  expect(await semblance.wait(id)).toMatchObject({ status: "expired" });
  await expect(semblance.cancel(id)).rejects.toMatchObject({ code: "already-done" });
});
