import type { JobView, ScoringResult } from "@semblance/shared/job/job-view";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type JobWithResult, json, readProblem, submit, waitForEnd } from "../../../test/support/client.ts";
import { type InProcessApi, startInProcessApi } from "../../../test/support/in-process-api.ts";
import { startInProcessWorker } from "../../../test/support/in-process-worker.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";

const CSV = "text/csv; charset=utf-8; header=present";
const NDJSON = "application/x-ndjson";
const MEDIA_TYPES = ["application/json", CSV, NDJSON];
const LARGE = 5_000;

let api: InProcessApi;
let small: JobWithResult;
let large: JobWithResult;

beforeAll(async () => {
  const env = { REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix() };
  api = await startInProcessApi(env);
  const worker = await startInProcessWorker(env);
  const run = async (candidates: unknown[]) =>
    waitForEnd(api.url, (await submit(api.url, { query: "Straße", candidates })).id);
  small = await run([{ id: '=1+"2"', text: "Strasse" }, "Straße", { id: "7,ü", text: "Gasse" }]);
  large = await run(
    Array.from({ length: LARGE }, (_, index) => ({ id: `}"${index}\\ü`, text: `${index} Straße` })),
  );
  await worker.close();
});
afterAll(() => api.close());

const get = ({ urls }: JobView, query: string, accept = "*/*", headers: Record<string, string> = {}) =>
  fetch(`${api.url}${urls.result}${query}`, { headers: { accept, ...headers } });

const parseLines = (text: string) =>
  text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));

describe("a result", () => {
  test("is CSV for a spreadsheet, with a name for the file", async () => {
    const response = await get(small, "", "text/csv");
    const [first, second, third] = small.result!.results;
    expect(response.headers.get("content-type")).toBe(CSV);
    expect(response.headers.get("content-disposition")).toBe(`attachment; filename="${small.id}.csv"`);
    expect(response.headers.get("vary")).toBe("Accept, Accept-Encoding");
    expect(await response.text()).toBe(
      `index,id,score\r\n1,,${first!.score}\r\n0,"'=1+""2""",${second!.score}\r\n2,"7,ü",${third!.score}\r\n`,
    );
  });

  test("is an object a line", async () => {
    for (const job of [small, large]) {
      const response = await get(job, "", NDJSON);
      expect(response.headers.get("content-type")).toBe(NDJSON);
      expect(response.headers.get("content-disposition")).toBeNull();
      expect(parseLines(await response.text())).toEqual(job.result!.results);
    }
  });

  test("is JSON for who does not say", async () => {
    const response = await get(large, "");
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.get("link")).toBeNull();
    expect(await response.json()).toEqual(large.result);
  });

  test("that is large has a line of CSV for each of its rows", async () => {
    const text = await (await get(large, "", "text/csv")).text();
    const expected = large.result!.results.map(
      ({ index, id, score }) => `${index},"${id!.replaceAll('"', '""')}",${score}`,
    );
    expect(text).toBe(["index,id,score", ...expected, ""].join("\r\n"));
  });
});

describe("a slice of a result", () => {
  test.each([
    ["?limit=2", 0, 2],
    ["?limit=1&offset=1", 1, 2],
    ["?offset=4998", 4_998, LARGE],
    ["?offset=4999&limit=100000", 4_999, LARGE],
    ["?offset=5000", LARGE, LARGE],
    ["?offset=9007199254740991&limit=1", LARGE, LARGE],
    ["?limit=5&offset=2500&unknown=1", 2_500, 2_505],
  ])("%s is these rows in every representation, beside what is told of all", async (query, start, end) => {
    const results = large.result!.results.slice(start, end);
    expect(await json<ScoringResult>(get(large, query))).toEqual({ ...large.result, results });
    expect(parseLines(await (await get(large, query, NDJSON)).text())).toEqual(results);
    const lines = (await (await get(large, query, "text/csv")).text()).split("\r\n");
    expect(lines.slice(1, -1).map((line) => Number(line.split(",")[0]))).toEqual(
      results.map(({ index }) => index),
    );
  });

  test.each(MEDIA_TYPES)("leads to the next, until as %s the whole has come", async (mediaType) => {
    let url: string | undefined = `${large.urls.result}?limit=1999`;
    const lengths: number[] = [];
    while (url && lengths.length < 4) {
      const response = await fetch(api.url + url, { headers: { accept: mediaType } });
      const text = await response.text();
      lengths.push(
        mediaType === "application/json" ? JSON.parse(text).results.length : text.split("\n").length - 1,
      );
      url = /^<([^>]+)>; rel="next"$/.exec(response.headers.get("link") ?? "")?.[1];
    }
    const header = mediaType === CSV ? 1 : 0;
    expect(lengths).toEqual([1_999 + header, 1_999 + header, 1_002 + header]);
  });

  test.each([
    ["limit=0", "limit"],
    ["limit=100001", "limit"],
    ["limit=-1", "limit"],
    ["limit=", "limit"],
    ["limit=1.5", "limit"],
    ["limit=1e2", "limit"],
    ["limit=0x10", "limit"],
    ["limit=+1", "limit"],
    ["limit=1&limit=2", "limit"],
    ["offset=-1", "offset"],
    ["offset=x", "offset"],
    ["offset=9007199254740992", "offset"],
  ])("with ?%s is 422, and its parameter is named", async (query, parameter) => {
    const problem = await readProblem(await get(small, `?${query}`));
    expect(problem).toMatchObject({
      type: "/problems/invalid-request",
      status: 422,
      errors: [{ parameter, detail: expect.stringMatching(/./) }],
    });
    expect(problem.errors).toHaveLength(1);
  });

  test("names each parameter that is wrong", async () => {
    const { errors } = await readProblem(await get(small, "?limit=x&offset=y"));
    expect(errors?.map(({ parameter }) => parameter).sort()).toEqual(["limit", "offset"]);
  });
});

test("each representation and slice has an entity tag of its own, and is not sent again to who has it", async () => {
  const tags = new Set<string>();
  for (const mediaType of MEDIA_TYPES) {
    for (const query of ["", "?limit=10", "?offset=10", "?limit=10&offset=10"]) {
      for (const encoding of ["identity", "gzip", "zstd"]) {
        const headers = { "accept-encoding": encoding };
        const first = await get(large, query, mediaType, headers);
        await first.arrayBuffer();
        const tag = first.headers.get("etag")!;
        expect(tag).toMatch(/^"[!-~]+"$/);
        tags.add(tag);
        const again = await get(large, query, mediaType, { ...headers, "if-none-match": tag });
        expect([again.status, again.headers.get("etag"), again.headers.get("vary")]).toEqual([
          304,
          tag,
          "Accept, Accept-Encoding",
        ]);
      }
    }
  }
  expect(tags.size).toBe(36);
});

test("the head of an answer is that of its whole", async () => {
  for (const accept of MEDIA_TYPES) {
    const url = `${api.url}${small.urls.result}?limit=1`;
    const [head, whole] = await Promise.all([
      fetch(url, { method: "HEAD", headers: { accept } }),
      fetch(url, { headers: { accept } }),
    ]);
    const told = (response: Response) =>
      ["content-type", "etag", "link", "vary"].map((name) => response.headers.get(name));
    expect([head.status, told(head)]).toEqual([200, told(whole)]);
    await whole.arrayBuffer();
  }
});
