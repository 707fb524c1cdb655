import type { Job } from "@semblance/client";
import { expect, test } from "vitest";
import { timingsOf } from "../src/jobs/job-timings.ts";

const at = (second: number) => new Date(second * 1_000).toISOString();

const job = (fields: Partial<Job>): Job =>
  ({ created_at: at(0), started_at: null, finished_at: null, ...fields }) as Job;

test.each<[string, Partial<Job>, number, number | null]>([
  ["queued", { status: "queued" }, 9_000, null],
  ["running", { status: "running", started_at: at(2) }, 2_000, 7_000],
  ["waiting for a retry", { status: "queued", started_at: at(2) }, 9_000, null],
  ["succeeded", { status: "succeeded", started_at: at(2), finished_at: at(5) }, 2_000, 3_000],
  ["canceled before its start", { status: "canceled", finished_at: at(4) }, 4_000, null],
])("a job that is %s has waited and run", (_, fields, queuedMs, runningMs) => {
  expect(timingsOf(job(fields), 9_000)).toEqual({ queuedMs, runningMs });
});
