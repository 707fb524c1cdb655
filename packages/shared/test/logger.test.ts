import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { createLogger, logLast } from "../src/telemetry/logger.ts";

test("in a terminal a line is for people: when, how bad, what, and its fields", async () => {
  const terminal = new PassThrough({ encoding: "utf8" });
  const log = createLogger("api", "info", terminal);
  log.debug("not asked for");
  log.warn({ jobId: "job_1", cause: { code: "OOM", message: "two words" } }, "attempt failed");
  await logLast(log, "stopped");
  expect((terminal.read() as string).split("\n")).toEqual([
    expect.stringMatching(
      /^\d\d:\d\d:\d\d\.\d{3}Z {2}warn {3}attempt failed {2}jobId=job_1 cause=\{"code":"OOM","message":"two words"\}$/,
    ),
    expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3}Z {2}info {3}stopped$/),
    "",
  ]);
});
