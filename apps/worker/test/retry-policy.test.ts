import { JOB_ERROR_CODES, JobError, type JobErrorCode } from "@semblance/shared/job/job-error";
import { type Job, UnrecoverableError } from "bullmq";
import { describe, expect, test } from "vitest";
import { CanceledError, SandboxError } from "../src/sandbox/sandbox-error.ts";
import { backoffMs, toBullError, toJobError } from "../src/scoring/retry-policy.ts";

const LIMITS = { jobAttempts: 3, timeoutAttempts: 2 };

/** After how many attempts a job is not tried again, when all end with this code. */
const ATTEMPTS: Record<JobErrorCode, number> = {
  timed_out: 2,
  crashed: 3,
  out_of_memory: 3,
  internal: 3,
  invalid_payload: 1,
  canceled: 1,
  expired: 1,
};

test.each(JOB_ERROR_CODES)("%s is tried as often as its rule says", (code) => {
  const isFinal = (attemptsMade: number) =>
    toBullError(new JobError(code, "x"), { attemptsMade } as Job, LIMITS) instanceof UnrecoverableError;
  for (let attempt = 1; attempt <= 4; attempt += 1) {
    expect([attempt, isFinal(attempt - 1)]).toEqual([attempt, attempt >= ATTEMPTS[code]]);
  }
});

test("pauses double up to a half minute, and spread over their upper half", () => {
  const ranges = [1, 2, 3, 4, 5, 6, 100].map((attempts) => [
    backoffMs(attempts, () => 0),
    backoffMs(attempts, () => 1),
  ]);
  expect(ranges).toEqual([
    [500, 1_000],
    [1_000, 2_000],
    [2_000, 4_000],
    [4_000, 8_000],
    [8_000, 16_000],
    [15_000, 30_000],
    [15_000, 30_000],
  ]);
  expect(new Set(Array.from({ length: 20 }, () => backoffMs(3))).size).toBeGreaterThan(1);
});

describe("what an attempt died of", () => {
  test.each([
    [new SandboxError("timed_out", "too long"), "timed_out", "timed_out: too long"],
    [new CanceledError("the job was canceled"), "canceled", "canceled: the job was canceled"],
    // As BullMQ hands over what was thrown in a thread.
    [
      Object.assign(new Error(), { name: "JobError", code: "expired", message: "expired: gone" }),
      "expired",
      "expired: gone",
    ],
  ])("%s is told", (error, code, message) => {
    expect(toJobError(error)).toMatchObject({ code, message });
  });

  test("but never in words that are not ours", () => {
    for (const error of [
      new Error("Unexpected token 'S', \"Sankt\" is not valid JSON"),
      Object.assign(new Error("secret: Sankt"), { name: "JobError", code: "secret" }),
    ]) {
      expect(toJobError(error)).toMatchObject({
        code: "internal",
        message: "internal: an internal error ended the attempt",
        cause: error,
      });
    }
  });
});
