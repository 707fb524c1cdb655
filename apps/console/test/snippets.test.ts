import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { toCurl, toTypeScript } from "../src/try/snippets.ts";

const session = { url: "http://127.0.0.1:8080/below/", apiKey: "" };

/** What a shell makes of a call: its words. */
const wordsOf = (command: string): string[] =>
  execFileSync("sh", ["-c", `curl() { for word; do printf '%s\\0' "$word"; done; }\n${command}`], {
    env: { SEMBLANCE_API_KEY: "the-key" },
    encoding: "utf8",
  })
    .split("\0")
    .slice(0, -1);

test("whatever a submission holds, a shell hands it on as it is", () => {
  const text = fc.string({ unit: fc.constantFrom("'", '"', "$", "`", "\\", "\n", "!", "a", "é", "🏙", " ") });
  fc.assert(
    fc.property(text, (query) => {
      const body = JSON.stringify({ query, candidates: [query] }, null, 2);
      expect(wordsOf(toCurl({ session, body }))).toEqual([
        "-sS",
        "http://127.0.0.1:8080/below/v1/jobs",
        "-H",
        "Content-Type: application/json",
        "-H",
        "Prefer: wait=10",
        "--data-binary",
        body,
      ]);
    }),
    { numRuns: 30 },
  );
});

test("the key is taken from the environment, and stands in no copied text", () => {
  const call = { session: { ...session, apiKey: "sk-secret" }, body: "{}" };
  expect(wordsOf(toCurl(call))).toContain("Authorization: Bearer the-key");
  expect(toTypeScript(call)).toContain('process.env["SEMBLANCE_API_KEY"]');
  expect(toCurl(call) + toTypeScript(call)).not.toContain("sk-secret");
});

test("the module compiles, whatever the submission", { timeout: 60_000 }, () => {
  const dir = mkdtempSync(fileURLToPath(new URL("../node_modules/.snippets-", import.meta.url)));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const submission = {
    query: "a",
    metric: "jaro_winkler",
    normalize: { form: "NFKC", accents: "strip" },
    candidates: ["b", { id: "c", text: "d" }],
  };
  const bodies = [JSON.stringify(submission, null, 2), null];
  const files = bodies.map((body, place) => {
    const file = join(dir, `${place}.ts`);
    writeFileSync(file, toTypeScript({ session: { ...session, apiKey: "key" }, body }));
    return file;
  });
  const options = [
    "--ignoreConfig",
    "--noEmit",
    "--strict",
    "--module",
    "nodenext",
    "--target",
    "es2024",
    "--types",
    "node",
  ];
  execFileSync("tsc", [...options, "--allowImportingTsExtensions", ...files], { cwd: dir, stdio: "pipe" });
});

test("a body that is too long to be copied is read from its file", () => {
  expect(wordsOf(toCurl({ session, body: null })).at(-1)).toBe("@submission.json");
  expect(toTypeScript({ session, body: null })).toContain('readFile("submission.json", "utf8")');
});
