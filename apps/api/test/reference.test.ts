import { afterAll, beforeAll, expect, test } from "vitest";
import { json } from "../../../test/support/client.ts";
import { type InProcessApi, startInProcessApi } from "../../../test/support/in-process-api.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";
import { type ProblemSlug, problemCatalogue } from "../src/problems/problem-catalogue.ts";
import { operationsOf, type ReferenceDocument } from "../src/reference/reference-document.ts";

const slugs = Object.keys(problemCatalogue) as ProblemSlug[];
const pages = ["/docs", "/problems", ...slugs.map((slug) => `/problems/${slug}`)];

let api: InProcessApi;

beforeAll(async () => {
  api = await startInProcessApi({ REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix() });
});

afterAll(() => api.close());

const readPage = async (path: string) => (await fetch(api.url + path)).text();

test("every operation of the document is on the reference page, with a call and its problems", async () => {
  const page = (await readPage("/docs")).replaceAll("&#39;", "'");
  const document = await json<ReferenceDocument>(fetch(`${api.url}/openapi.json`));
  for (const { path, operation, isWebhook } of operationsOf(document)) {
    const section = page.split(`<article id="${operation.operationId}">`)[1]?.split("</article>")[0];
    expect(section).toContain(operation.summary);
    if (isWebhook) continue;
    expect(section).toContain(path);
    expect(section).toContain("curl ");
    expect(section).toContain('href="/problems/internal"');
  }
});

test.each(pages)("%s has nothing from elsewhere, and nothing that runs", async (path) => {
  const response = await fetch(api.url + path);
  expect(response.headers.get("content-security-policy")).toBe(
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  const page = await response.text();
  expect(page).not.toMatch(/<script|<style|<iframe|<form|<img| style=| on[a-z]+=/i);
  expect(page).not.toMatch(/(?:src|href)="(?!\/|#)/);
});

test.each(pages)("every link on %s leads somewhere", async (path) => {
  const page = await readPage(path);
  const links = new Set([...page.matchAll(/href="([^"]+)"/g)].map(([, link]) => link!));
  for (const link of links) {
    const [target, anchor] = link.split("#");
    const there = target === "" ? page : await readPage(target!);
    expect([link, (await fetch(api.url + target)).ok || target === ""]).toEqual([link, true]);
    if (anchor) expect([link, there.includes(`id="${anchor}"`)]).toEqual([link, true]);
  }
});

test("a problem's page shows its code as code, an example and the calls that answer with it", async () => {
  const page = await readPage("/problems/queue-full");
  expect(page).toContain("<code>Retry-After</code>");
  expect(page).not.toContain("`");
  expect(page).toContain("&quot;depth&quot;: 1000");
  expect(page).toContain('href="/docs#submitJob"');
  expect(page).not.toContain('href="/docs#getQueue"');
});

test("the list of problems names each", async () => {
  const page = await readPage("/problems");
  for (const slug of slugs) expect(page).toContain(`href="/problems/${slug}"`);
});
