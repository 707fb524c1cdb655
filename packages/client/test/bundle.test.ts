import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { expect, test } from "vitest";

test("all of it, minified, is less than 6 KB gzipped, and imports nothing", async () => {
  const input = fileURLToPath(new URL("../src/index.ts", import.meta.url));
  const bundle = await rolldown({ input, platform: "neutral" });
  const { output } = await bundle.generate({ minify: true });
  await bundle.close();
  expect(output).toHaveLength(1);
  const [{ code, imports, dynamicImports }] = output;
  expect([...imports, ...dynamicImports]).toEqual([]);
  expect(gzipSync(code).length).toBeLessThan(6_000);
});
