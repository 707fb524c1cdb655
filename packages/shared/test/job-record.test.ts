import { expect, test } from "vitest";
import { JobError, parseFailedReason } from "../src/job/job-error.ts";
import { createJobId, isJobId } from "../src/job/job-id.ts";
import { type JobFields, readJobRecord } from "../src/job/job-record.ts";
import { END_REASONS } from "../src/store/end-mark.ts";

const data = JSON.stringify({
  tenant: "default",
  metric: "ratio",
  candidateCount: 5,
  timeoutMs: 100,
  startBeforeMs: 9,
});
const waiting: JobFields = { data, timestamp: "1", progress: "0" };
const read = (fields: JobFields, locked = false) => readJobRecord("job_1", { ...waiting, ...fields }, locked);

test("a job's state follows from BullMQ's fields and its lock", () => {
  expect(read({})).toMatchObject({ status: "queued", attempts: 0, startedAtMs: null, finishedAtMs: null });
  expect(read({ processedOn: "2", progress: "3" }, true)).toMatchObject({
    status: "running",
    attempts: 1,
    scored: 3,
  });
  expect(read({ processedOn: "2", atm: "1", failedReason: "crashed: x", progress: "3" })).toMatchObject({
    status: "queued",
    attempts: 1,
    scored: 0,
    error: null,
  });
  expect(read({ processedOn: "2", atm: "1" }, true)).toMatchObject({ status: "running", attempts: 2 });
});

test("a success after a failed attempt is a success", () => {
  const fields = {
    processedOn: "2",
    finishedOn: "3",
    atm: "2",
    failedReason: "crashed: x",
    returnvalue: "null",
  };
  expect(read(fields)).toMatchObject({ status: "succeeded", attempts: 2, scored: 5, error: null });
});

test("the reason of a failure decides the state and the error", () => {
  const ended = (failedReason: string) => read({ finishedOn: "3", atm: "1", failedReason });
  expect(ended("timed_out: too long")).toMatchObject({
    status: "failed",
    error: { code: "timed_out", message: "too long" },
  });
  expect(ended("expired: too late")).toMatchObject({ status: "expired" });
  expect(ended("canceled: by the client")).toMatchObject({ status: "canceled" });
  expect(ended("job stalled more than allowable limit")).toMatchObject({ error: { code: "crashed" } });
});

test("a reason that is not ours is never shown", () => {
  for (const reason of [
    "Unexpected token 'S', \"Sankt\" is not valid JSON",
    "",
    "secret: Sankt",
    "crashedX: y",
  ]) {
    expect(parseFailedReason(reason)).toEqual({
      code: "internal",
      message: "an internal error ended this job",
    });
  }
});

test("what a job error writes is read back", () => {
  expect(parseFailedReason(new JobError("out_of_memory", "a: b").message)).toEqual({
    code: "out_of_memory",
    message: "a: b",
  });
});

test("a job that a worker found too late was not begun by that", () => {
  const found = { processedOn: "2", finishedOn: "3", ats: "3", failedReason: "expired: too late" };
  expect(readJobRecord("job_1", { data, timestamp: "1", atm: "2", ...found }, false)).toMatchObject({
    status: "expired",
    attempts: 1,
  });
});

test.each(["canceled", "expired"] as const)("the mark of an end from outside is a %s job", (code) => {
  const mark = { data, timestamp: "1", atm: "1", finishedOn: "3", failedReason: END_REASONS[code] };
  expect(readJobRecord("job_1", mark, false)).toMatchObject({
    status: code,
    attempts: 1,
    finishedAtMs: 3,
    error: { code },
  });
});

test("no fields are no job", () => {
  expect(readJobRecord("job_1", {}, false)).toBeNull();
});

test("job ids are in the order of their making, and known from anything else", () => {
  const ids = Array.from({ length: 1_000 }, createJobId);
  expect(ids.every(isJobId)).toBe(true);
  expect(ids.toSorted()).toEqual(ids);
  expect(["", "1", "job_", `job_${"g".repeat(32)}`, `x${ids[0]}`, `${ids[0]}x`].some(isJobId)).toBe(false);
});
