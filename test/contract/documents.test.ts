import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { renderEnvExample, renderReadme } from "../../scripts/config-docs.ts";

const read = (name: string) => readFile(new URL(`../../${name}`, import.meta.url), "utf8");

// When one of these fails: node scripts/config-docs.ts
test("README.md lists every variable with the default and the meaning that the code has", async () => {
  const readme = await read("README.md");
  expect(readme).toBe(renderReadme(readme));
});

test(".env.example is what the code reads", async () => {
  expect(await read(".env.example")).toBe(renderEnvExample());
});
