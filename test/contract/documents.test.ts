import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { renderEnvExample, renderGuide } from "../../scripts/config-docs.ts";

const read = (name: string) => readFile(new URL(`../../${name}`, import.meta.url), "utf8");

// When one of these fails: node scripts/config-docs.ts
test("docs/operations.md lists every variable with the default and the meaning that the code has", async () => {
  const guide = await read("docs/operations.md");
  expect(guide).toBe(renderGuide(guide));
});

test(".env.example is what the code reads", async () => {
  expect(await read(".env.example")).toBe(renderEnvExample());
});
