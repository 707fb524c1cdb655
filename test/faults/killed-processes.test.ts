import { expect, test } from "vitest";
import { createAppFleet } from "../support/app-fleet.ts";
import { submit, waitForEnd } from "../support/client.ts";
import { keepAlive } from "../support/keep-alive.ts";

const KILLS = 50;
const SUBMISSIONS = 500;
/** Enough work that jobs pile up and a killed worker is always in the middle of some. */
const candidates = Array.from(
  { length: 10_000 },
  (_, index) => `Saint Petersburg, the city number ${index} by the sea`,
);

const fleet = createAppFleet();

test("SIGKILLs of API and worker at random moments lose no accepted job", { timeout: 240_000 }, async () => {
  const api = await keepAlive(() => fleet.startApi());
  const worker = await keepAlive(() =>
    fleet.startWorker({ WORKER_CONCURRENCY: "2", LOCK_MS: "2000", STALLED_CHECK_MS: "500" }),
  );

  const accepted: string[] = [];
  let unanswered = 0;
  const submitAll = async () => {
    while (accepted.length < SUBMISSIONS) {
      const { url } = await api.current();
      // A submission that a kill leaves unanswered is made again; whether the first was accepted, nobody was told.
      const job = await submit(url, { query: candidates[0], candidates, top_n: 1 }).catch(() => null);
      if (job) accepted.push(job.id);
      else unanswered += 1;
    }
  };
  const killAll = async () => {
    for (let kill = 1; kill <= KILLS; kill += 1) {
      // A random moment within this kill's share of the submissions, so that kills and submissions go on together.
      const moment = ((kill - Math.random()) / KILLS) * SUBMISSIONS;
      while (accepted.length < moment) await new Promise(setImmediate);
      await (kill % 2 === 0 ? api : worker).kill();
    }
  };
  await Promise.all([submitAll(), submitAll(), killAll()]);

  const { url } = await api.current();
  const ended = await Promise.all(accepted.map((id) => waitForEnd(url, id, 120_000)));
  const statuses = Map.groupBy(ended, (job) => job.status);
  console.log(
    `${KILLS} kills, ${accepted.length} accepted, ${unanswered} unanswered:`,
    Object.fromEntries([...statuses].map(([status, jobs]) => [status, jobs.length])),
  );
  for (const job of ended) {
    if (job.status === "succeeded") expect(job.result?.results[0]?.index).toBe(0);
    else expect(job.error?.code).toBe("crashed");
  }
});
