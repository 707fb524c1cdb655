import { buffer } from "node:stream/consumers";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectToRedis } from "../../../test/support/connect-to-redis.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { writeResult } from "../../worker/src/scoring/write-result.ts";
import { findDocuments } from "../src/rerank/kept-documents.ts";
import { writeRerankAnswer } from "../src/rerank/rerank-answer.ts";
import { readFromRedis } from "../src/results/stored-result.ts";

const key = `${uniqueKeyPrefix()}:result`;
let redis: Redis;

beforeAll(() => {
  redis = connectToRedis();
});
afterAll(async () => {
  await redis.del(key);
  redis.disconnect();
});

const rows = [
  { index: 2, score: 1, id: null },
  { index: 0, score: 1 / 3, id: Buffer.from(JSON.stringify('"},{"é\u{1f3f0}]\\')) },
  { index: 1, score: 1e-7, id: null },
];
const documents = [{ id: '"},{"é\u{1f3f0}]\\', text: "a" }, '"\\', "\\\\\u{1f3f0}"];

const write = async (bytes: Buffer, headBytes: number) => {
  await redis.set(key, bytes);
  const found = await findDocuments(Buffer.from(JSON.stringify(documents)), documents.length);
  const head = bytes.subarray(0, headBytes);
  const result = { bytes: bytes.length, head, read: readFromRedis(redis, key) };
  const pieces = writeRerankAnswer({ id: "job_1", version: "1", result, documents: found });
  return JSON.parse((await buffer(pieces)).toString());
};

test("a result is written wherever its pieces begin and end", async () => {
  const bytes = Buffer.from(writeResult(rows, 3, 1));
  const expected = rows.map(({ index, score }) => {
    const document = documents[index]!;
    return {
      index,
      relevance_score: score,
      document: typeof document === "string" ? { text: document } : document,
    };
  });
  for (let headBytes = '{"results":['.length; headBytes <= bytes.length; headBytes += 1) {
    expect([headBytes, (await write(bytes, headBytes)).results]).toEqual([headBytes, expected]);
  }
});

test("a result of no rows is written", async () => {
  const bytes = Buffer.from(writeResult([], 3, 1));
  expect((await write(bytes, bytes.length)).results).toEqual([]);
});

test("what is no result as the worker writes it is refused, and no row of it left out", async () => {
  const bytes = Buffer.from(JSON.stringify(JSON.parse(writeResult(rows, 3, 1).toString()), null, 1));
  await expect(write(bytes, bytes.length)).rejects.toThrow("a result is not as it should be");
});
