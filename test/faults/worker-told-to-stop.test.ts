import { expect, test } from "vitest";
import { createAppFleet } from "../support/app-fleet.ts";
import type { AppProcess } from "../support/app-process.ts";
import { read, readReadiness, submit, waitFor, waitForEnd, waitUntilInThreads } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { misdeed } from "../support/misdeeds.ts";

const fleet = createAppFleet();

const submitRunning = async (api: AppProcess, count: number) => {
  const jobs = await Promise.all(
    Array.from({ length: count }, () => submit(api.url, misdeed("spins in JavaScript"))),
  );
  for (const { id } of jobs) await waitFor(api.url, id, (job) => job.status === "running");
  return jobs.map(({ id }) => id);
};

test("a worker that is told to stop puts its running jobs back at the queue's head, their attempts not counted", async () => {
  const api = await fleet.startApi();
  const worker = await fleet.startMisbehavingWorker({ WORKER_CONCURRENCY: "2", SHUTDOWN_GRACE_MS: "100" });
  const ids = await submitRunning(api, 2);
  const later = await submit(api.url, misdeed("none"));
  worker.kill("SIGTERM");
  expect(await worker.exited).toBe(0);
  for (const id of [...ids, later.id]) {
    expect(await read(api.url, id)).toMatchObject({ status: "queued", attempts: 0 });
  }

  await fleet.startWorker({ WORKER_CONCURRENCY: "1" });
  const ends = new Map<string, number>();
  for (const id of [...ids, later.id]) {
    const job = await waitForEnd(api.url, id);
    expect(job).toMatchObject({ status: "succeeded", attempts: 1 });
    ends.set(id, Date.parse(job.finished_at!));
  }
  expect(Math.max(...ids.map((id) => ends.get(id)!))).toBeLessThanOrEqual(ends.get(later.id)!);
});

test("a worker that is told to stop gives running jobs their grace, takes no other, and says so", async () => {
  const api = await fleet.startApi();
  const worker = await fleet.startMisbehavingWorker({ WORKER_CONCURRENCY: "2", SHUTDOWN_GRACE_MS: "60000" });
  const running = await submit(api.url, misdeed("spins in JavaScript", { timeout_ms: 2_000 }));
  await waitUntilInThreads(worker.url, 1);
  worker.kill("SIGTERM");
  await eventually("it is draining", async () =>
    (await readReadiness(worker.url)) === "draining" ? true : undefined,
  );
  const late = await submit(api.url, misdeed("none"));
  expect(await worker.exited).toBe(0);
  // It had its full time.
  expect(await read(api.url, running.id)).toMatchObject({ attempts: 1, error: { code: "timed_out" } });
  expect(await read(api.url, late.id)).toMatchObject({ status: "queued", attempts: 0 });
});

test("a second signal ends the grace, and running jobs are put back", async () => {
  const api = await fleet.startApi();
  const worker = await fleet.startMisbehavingWorker({ SHUTDOWN_GRACE_MS: "60000", JOB_TIMEOUT_MS: "60000" });
  const [id] = await submitRunning(api, 1);
  worker.kill("SIGTERM");
  // What comes at once is taken for the same Ctrl-C, so it says so until it is heard.
  const again = setInterval(() => worker.kill("SIGTERM"), 100);
  expect(await worker.exited.finally(() => clearInterval(again))).toBe(0);
  expect(await read(api.url, id!)).toMatchObject({ status: "queued", attempts: 0 });
});

test("a second signal ends a worker at once, also when a thread is inside of a native call", async () => {
  const api = await fleet.startApi();
  const worker = await fleet.startMisbehavingWorker({ SHUTDOWN_GRACE_MS: "60000", JOB_TIMEOUT_MS: "60000" });
  await submit(api.url, misdeed("is inside of a native call"));
  await waitUntilInThreads(worker.url, 1);
  worker.kill("SIGTERM");
  const again = setInterval(() => worker.kill("SIGTERM"), 100);
  expect(await worker.exited.finally(() => clearInterval(again))).toBe("SIGKILL");
});
