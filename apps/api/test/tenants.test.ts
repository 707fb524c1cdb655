import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger } from "@semblance/shared/telemetry/logger";
import { describe, expect, onTestFinished, test } from "vitest";
import { json, post, readProblem } from "../../../test/support/client.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { startOwnApi } from "../../../test/support/own-api.ts";
import { createApiKey } from "../src/tenants/api-key.ts";
import { KeyRing } from "../src/tenants/key-ring.ts";

const submission = { query: "a", candidates: ["b"] };

const start = async (env: Record<string, string>) => (await startOwnApi(env)).url;

const bearer = (key: string) => ({ Authorization: `Bearer ${key}` });

/** API keys, and how they are configured. */
const createKeys = (...tenants: string[]) => {
  const made = tenants.map(createApiKey);
  return { keys: made.map(({ key }) => key), lines: made.map(({ line }) => line) };
};

const statusOf = async (url: string, key: string) => (await post(url, submission, bearer(key))).status;

describe("with keys configured", () => {
  test("every call needs one, and health, documents and problems do not", async () => {
    const { lines } = createKeys("acme");
    const url = await start({ API_KEYS: lines.join(",") });
    for (const path of ["/v1/queue", "/v1/jobs/job_0", "/v1/nothing", "/v2/nothing"]) {
      const response = await fetch(`${url}${path}`);
      expect([path, response.status, response.headers.get("www-authenticate")]).toEqual([
        path,
        401,
        "Bearer",
      ]);
      expect((await readProblem(response)).type).toBe("/problems/unauthorized");
    }
    for (const path of ["/healthz", "/readyz", "/openapi.json", "/problems/unauthorized"]) {
      expect([path, (await fetch(`${url}${path}`)).status]).toEqual([path, 200]);
    }
  });

  test.each(["Bearer wrong", "Bearer", "Basic dTpw", "smb_x", "Bearer a b"])(
    "%j lets nobody in",
    async (sent) => {
      const { lines } = createKeys("acme");
      const url = await start({ API_KEYS: lines.join(",") });
      const response = await fetch(`${url}/v1/queue`, { headers: { Authorization: sent } });
      expect([response.status, response.headers.get("www-authenticate")]).toEqual([
        401,
        'Bearer error="invalid_token"',
      ]);
    },
  );

  test("several of a tenant all act for it, so that one can take the place of another", async () => {
    const { keys, lines } = createKeys("acme", "acme", "other");
    const url = await start({ API_KEYS: lines.join(", ") });
    const { id } = await json<{ id: string }>(post(url, submission, bearer(keys[0]!)));
    const read = (key: string) => fetch(`${url}/v1/jobs/${id}`, { headers: bearer(key) });
    expect((await read(keys[1]!)).status).toBe(200);
    expect((await read(keys[2]!)).status).toBe(404);
  });
});

describe("a file of keys", () => {
  const createFile = async (text: string) => {
    const folder = await mkdtemp(join(tmpdir(), "semblance-keys-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, "keys");
    const write = async (content: string) => {
      await writeFile(`${file}.new`, content);
      await rename(`${file}.new`, file);
    };
    await write(text);
    return { file, write };
  };
  const becomes = (url: string, key: string, status: number) =>
    eventually(`the key is answered with ${status}`, async () =>
      (await statusOf(url, key)) === status ? true : undefined,
    );

  test("is read again when it changes: keys come and go without a restart", async () => {
    const { keys, lines } = createKeys("acme", "acme");
    const { file, write } = await createFile(`# the first\n${lines[0]}\n`);
    const url = await start({ API_KEYS_FILE: file });
    expect([await statusOf(url, keys[0]!), await statusOf(url, keys[1]!)]).toEqual([202, 401]);
    await write(`${lines[1]} # the next\n`);
    await becomes(url, keys[1]!, 202);
    expect(await statusOf(url, keys[0]!)).toBe(401);
  });

  test.each([
    ["broken", async (_: string, write: (content: string) => Promise<void>) => write("half:a-li")],
    ["gone", async (file: string) => rm(file)],
  ])("that is %s takes no key away", async (_, spoil) => {
    const { keys, lines } = createKeys("acme");
    const { file, write } = await createFile(lines[0]!);
    const { promise: told, resolve: error } = Promise.withResolvers();
    const ring = new KeyRing({ keys: [], file, log: { error, info: error } as unknown as Logger });
    onTestFinished(() => ring.close());
    await spoil(file, write);
    expect(JSON.stringify(await told)).toContain("API_KEYS_FILE");
    expect(ring.findTenant(keys[0]!)).toBe("acme");
  });

  test("without any key lets nobody in", async () => {
    const { file } = await createFile("# none yet\n");
    const url = await start({ API_KEYS_FILE: file });
    expect((await post(url, submission)).status).toBe(401);
  });
});

describe("what a tenant may take", () => {
  const quota = async (response: Response) => {
    expect(response.status).toBe(429);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    const { type, ...problem } = await readProblem(response);
    expect(type).toBe("/problems/quota-exceeded");
    return problem;
  };

  test("is a share of the queue when there are several, so that the others find room", async () => {
    const { keys, lines } = createKeys("flood", "other");
    const env = { API_KEYS: lines.join(","), QUEUE_DEPTH_MAX: "10", TENANT_SHARE_MAX: "80" };
    const url = await start(env);
    const flooded = await Promise.all(
      Array.from({ length: 20 }, () => post(url, submission, bearer(keys[0]!))),
    );
    expect(flooded.filter(({ status }) => status === 202)).toHaveLength(8);
    expect(await quota(flooded.find(({ status }) => status !== 202)!)).toMatchObject({ jobs: 8, limit: 8 });
    expect([await statusOf(url, keys[1]!), await statusOf(url, keys[1]!)]).toEqual([202, 202]);
    expect(await statusOf(url, keys[1]!)).toBe(503);
  });

  test("is the whole queue when it is alone", async () => {
    const { keys, lines } = createKeys("acme", "acme");
    const url = await start({ API_KEYS: lines.join(","), QUEUE_DEPTH_MAX: "5" });
    for (let job = 0; job < 5; job += 1) expect(await statusOf(url, keys[0]!)).toBe(202);
    expect(await statusOf(url, keys[0]!)).toBe(503);
  });

  test("comes back as its jobs end", async () => {
    const { keys, lines } = createKeys("acme");
    const url = await start({ API_KEYS: lines.join(","), TENANT_JOBS_MAX: "1" });
    for (let round = 0; round < 3; round += 1) {
      const { id } = await json<{ id: string }>(post(url, submission, bearer(keys[0]!)));
      await quota(await post(url, submission, bearer(keys[0]!)));
      const canceled = await fetch(`${url}/v1/jobs/${id}/cancel`, {
        method: "POST",
        headers: bearer(keys[0]!),
      });
      expect(canceled.status).toBe(200);
    }
  });

  test("is bounded in bytes as well, its results included", async () => {
    const { keys, lines } = createKeys("acme", "other");
    const url = await start({ API_KEYS: lines.join(","), TENANT_BYTES_MAX: "30000" });
    const large = { ...submission, candidates: ["x".repeat(20_000)] };
    expect((await post(url, large, bearer(keys[0]!))).status).toBe(202);
    expect(await quota(await post(url, large, bearer(keys[0]!)))).toMatchObject({ limit: 30_000 });
    expect((await post(url, large, bearer(keys[1]!))).status).toBe(202);
  });
});

describe("rate limits", () => {
  test("of jobs are told with every submission, and hold for each tenant by itself", async () => {
    const { keys, lines } = createKeys("acme", "other");
    const url = await start({ API_KEYS: lines.join(","), RATE_LIMIT_JOBS: "2", RATE_LIMIT_WINDOW_S: "3600" });
    const first = await post(url, submission, bearer(keys[0]!));
    expect(first.headers.get("ratelimit-policy")).toBe('"jobs";q=2;w=3600');
    expect(first.headers.get("ratelimit")).toMatch(/^"jobs";r=1;t=3[56]\d\d$/);
    await post(url, submission, bearer(keys[0]!));
    const refused = await post(url, submission, bearer(keys[0]!));
    expect(refused.status).toBe(429);
    expect(refused.headers.get("ratelimit")).toMatch(/^"jobs";r=0;t=\d+$/);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(3_000);
    expect(await readProblem(refused)).toMatchObject({ type: "/problems/too-many-requests", limit: 2 });
    expect(await statusOf(url, keys[1]!)).toBe(202);
    const read = await fetch(`${url}/v1/queue`, { headers: bearer(keys[0]!) });
    expect([read.status, read.headers.get("ratelimit")]).toEqual([200, null]);
  });

  test("of other calls leave submissions alone", async () => {
    const url = await start({ RATE_LIMIT_REQUESTS: "1", RATE_LIMIT_WINDOW_S: "3600" });
    expect((await fetch(`${url}/v1/queue`)).status).toBe(200);
    const refused = await fetch(`${url}/v1/queue`);
    expect([refused.status, refused.headers.get("ratelimit-policy")]).toEqual([429, '"requests";q=1;w=3600']);
    expect((await post(url, submission)).status).toBe(202);
  });

  test("are off until they are configured", async () => {
    const response = await post(await start({}), submission);
    expect(response.headers.get("ratelimit")).toBeNull();
  });
});
