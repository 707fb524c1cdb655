import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { readProblem } from "../../../test/support/client.ts";
import { startOwnApi } from "../../../test/support/own-api.ts";
import { createAdminPassword } from "../src/operations/admin-credentials.ts";
import { createApiKey } from "../src/tenants/api-key.ts";

/** What the page is told of its API. */
const readConfig = async (env: Record<string, string>): Promise<unknown> => {
  const { url } = await startOwnApi(env);
  const html = await (await fetch(`${url}/`)).text();
  const content = /<meta name="semblance" content="([^"]*)"/.exec(html)![1]!;
  return JSON.parse(content.replaceAll("&quot;", '"'));
};

const readAssets = async (url: string): Promise<string[]> => {
  const html = await (await fetch(`${url}/`)).text();
  return Array.from(html.matchAll(/"\.\/(console\/[^"]+)"/g), ([, path]) => path!);
};

/** As it is sent, where `fetch` would decompress it. */
const download = async (
  url: string,
  encoding: string,
): Promise<{ response: IncomingMessage; body: Buffer }> => {
  const [response] = await once(get(url, { headers: { "Accept-Encoding": encoding } }), "response");
  return { response, body: await buffer(response) };
};

test("the page is looked at anew each time, and its files never again", async () => {
  const { url } = await startOwnApi();
  const page = await fetch(`${url}/`);
  expect(page.status).toBe(200);
  expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(page.headers.get("cache-control")).toBe("no-cache");
  expect(page.headers.get("content-security-policy")).not.toMatch(/unsafe|\*|https?:/);
  const etag = page.headers.get("etag")!;
  const again = await fetch(`${url}/`, { headers: { "If-None-Match": etag } });
  expect([again.status, await again.text()]).toEqual([304, ""]);

  const assets = await readAssets(url);
  expect(assets.map((path) => path.replace(/.*\./, ""))).toEqual(["js", "css"]);
  for (const path of assets) {
    const { headers } = await fetch(`${url}/${path}`);
    expect(headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(headers.get("content-type")).toMatch(/^text\/(javascript|css); charset=utf-8$/);
  }
});

test("who accepts gzip gets the same, compressed", async () => {
  const { url } = await startOwnApi();
  for (const path of ["", ...(await readAssets(url))]) {
    const plain = await download(`${url}/${path}`, "identity");
    const gzipped = await download(`${url}/${path}`, "br, gzip");
    expect(plain.response.headers["content-encoding"]).toBeUndefined();
    expect(gzipped.response.headers["content-encoding"]).toBe("gzip");
    expect(gzipped.response.headers["vary"]).toBe("Accept-Encoding");
    expect(gunzipSync(gzipped.body)).toEqual(plain.body);
  }
});

test("the page knows whether a key is needed, how long a body may be, and where Bull Board is", async () => {
  const { line } = createApiKey("acme");
  const { sha256 } = createAdminPassword();
  expect(await readConfig({})).toEqual({
    needsKey: false,
    bodyBytesMax: 16_777_216,
    bullBoardPath: "/admin/queues",
  });
  expect(await readConfig({ API_KEYS: line, BODY_BYTES_MAX: "65536" })).toEqual({
    needsKey: true,
    bodyBytesMax: 65_536,
    bullBoardPath: null,
  });
  expect(
    await readConfig({ API_KEYS: line, ADMIN_USER: "ops", ADMIN_PASSWORD_SHA256: sha256 }),
  ).toMatchObject({
    bullBoardPath: "/admin/queues",
  });
});

test("there is nothing else beside the page, and nothing but reading", async () => {
  const { url } = await startOwnApi();
  for (const path of ["console/nothing.js", "console/..%2Findex.html", "console/__proto__", "console/"]) {
    const missing = await fetch(`${url}/${path}`);
    expect([path, missing.status, (await readProblem(missing)).type]).toEqual([
      path,
      404,
      "/problems/not-found",
    ]);
  }
  const posted = await fetch(`${url}/`, { method: "POST" });
  expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  expect((await fetch(`${url}/`, { method: "HEAD" })).status).toBe(200);
});
