import { describe, expect, test } from "vitest";
import { readProblem } from "../../../test/support/client.ts";
import { startOwnApi } from "../../../test/support/own-api.ts";
import { createAdminPassword } from "../src/operations/admin-credentials.ts";
import { createApiKey } from "../src/tenants/api-key.ts";

const { password, sha256 } = createAdminPassword();
const ADMIN = { ADMIN_USER: "öps", ADMIN_PASSWORD_SHA256: sha256 };
const { key, line } = createApiKey("acme");

const basic = (user: string, secret: string) =>
  `Basic ${Buffer.from(`${user}:${secret}`).toString("base64")}`;

const ask = (url: string, path: string, authorization = basic("öps", password), init: RequestInit = {}) =>
  fetch(`${url}/admin/queues${path}`, {
    ...init,
    headers: { ...init.headers, Authorization: authorization },
  });

describe("Bull Board with an admin", () => {
  test("is served to who has the password, beside API keys and without them", async () => {
    for (const env of [ADMIN, { ...ADMIN, API_KEYS: line }]) {
      const { url } = await startOwnApi(env);
      for (const path of ["", "/", "/api/queues", "/queue/scoring", "/static/images/logo.svg"]) {
        expect([path, (await ask(url, path)).status]).toEqual([path, 200]);
      }
    }
  });

  test("asks everyone else for a password, on every path and by every method", async () => {
    const { url } = await startOwnApi(ADMIN);
    const paths = ["", "/", "/api/queues", "/api/redis/stats", "/static/images/logo.svg", "/nothing"];
    for (const path of paths) {
      for (const method of ["GET", "PUT"]) {
        const response = await fetch(`${url}/admin/queues${path}`, { method });
        expect([path, method, response.status, response.headers.get("www-authenticate")]).toEqual([
          path,
          method,
          401,
          'Basic realm="Semblance queues", charset="UTF-8"',
        ]);
        expect((await readProblem(response)).type).toBe("/problems/unauthorized");
      }
    }
  });

  test.each([
    ["another user", basic("ops", password)],
    ["another password", basic("öps", "password")],
    ["the hash of the password", basic("öps", sha256)],
    ["no password", basic("öps", "")],
    ["nobody", basic("", "")],
    ["no colon", `Basic ${Buffer.from(`öps${password}`).toString("base64")}`],
    ["no Base64", "Basic ?"],
    ["nothing", "Basic"],
    ["an API key", `Bearer ${key}`],
    ["the password as a key", `Bearer ${password}`],
  ])("is closed to %s", async (_, authorization) => {
    const { url } = await startOwnApi({ ...ADMIN, API_KEYS: line });
    expect((await ask(url, "/api/queues", authorization)).status).toBe(401);
  });

  test("lets its admin at nothing else", async () => {
    const { url } = await startOwnApi({ ...ADMIN, API_KEYS: line });
    const response = await fetch(`${url}/v1/queue`, { headers: { Authorization: basic("öps", password) } });
    expect([response.status, response.headers.get("www-authenticate")]).toEqual([
      401,
      'Bearer error="invalid_token"',
    ]);
  });
});

describe("Bull Board without an admin", () => {
  test.each([
    ["is served where no key is needed, on loopback", {}, 200],
    ["is not served where there are keys", { API_KEYS: line }, 404],
    ["is not served where others could reach it", { HOST: "0.0.0.0" }, 404],
  ])("%s", async (_, env, status) => {
    const { url } = await startOwnApi(env);
    for (const path of ["", "/api/queues", "/static/images/logo.svg"]) {
      expect([path, (await fetch(`${url}/admin/queues${path}`)).status]).toEqual([path, status]);
    }
  });
});
