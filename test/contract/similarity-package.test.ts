import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const similarity = join(root, "packages/similarity");
let app: string;

beforeAll(async () => {
  app = await mkdtemp(join(tmpdir(), "semblance-package-"));
  const installed = join(app, "node_modules/@semblance/similarity");
  await mkdir(installed, { recursive: true });
  await run("pnpm", ["pack", "--out", join(app, "package.tgz")], { cwd: similarity });
  await run("tar", ["-xzf", join(app, "package.tgz"), "-C", installed, "--strip-components", "1"]);
  await writeFile(join(app, "package.json"), JSON.stringify({ type: "module" }));
});

afterAll(() => rm(app, { recursive: true }));

test("installed alone, it runs its README's example, with types", async () => {
  const readme = await readFile(join(similarity, "README.md"), "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(readme)![1]!;
  const shown = example.replace(/^(engine\.[\s\S]*?\));/gm, "console.log(JSON.stringify($1));");
  await writeFile(join(app, "example.ts"), shown);
  const { stdout } = await run(process.execPath, ["example.ts"], { cwd: app });
  const [scores, ranked] = stdout.trimEnd().split("\n") as [string, string];
  expect(JSON.parse(scores)).toEqual({ 0: 1 - 3 / 7, 1: 1 - 1 / 6 });
  expect(JSON.parse(ranked)).toEqual([
    { index: 1, score: 1 - 3 / 31 },
    { index: 0, score: 1 - 7 / 25 },
  ]);

  await symlink(join(root, "node_modules/typescript"), join(app, "node_modules/typescript"));
  const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2024", "--types", ""];
  await run("node_modules/typescript/bin/tsc", [...options, "example.ts"], { cwd: app });
});
