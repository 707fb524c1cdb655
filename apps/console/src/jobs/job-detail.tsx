import { useSignal } from "@preact/signals";
import type { Attempt, Job } from "@semblance/client";
import { useEffect, useRef } from "preact/hooks";
import { bringIntoView } from "../bring-into-view.ts";
import { followJob } from "../follow-job.ts";
import { formatCount, formatDate, formatDuration } from "../format.ts";
import { pageConfig } from "../page-config.ts";
import { client, noteFailure } from "../session.ts";
import { Deliveries } from "./deliveries.tsx";
import { timingsOf } from "./job-timings.ts";
import { StatusBadge } from "./status-badge.tsx";
import { TopResults } from "./top-results.tsx";

const Facts = ({ job }: { job: Job }) => {
  const { queuedMs, runningMs } = timingsOf(job);
  const facts: [string, string | null][] = [
    ["Metric", job.metric],
    ["Candidates", formatCount(job.candidate_count)],
    ["Created", formatDate(job.created_at)],
    ["Waited", formatDuration(queuedMs)],
    ["Ran", runningMs === null ? null : formatDuration(runningMs)],
    ["Scored", job.done ? null : `${formatCount(job.progress.scored)} of ${formatCount(job.progress.total)}`],
    ["Finished", job.finished_at && formatDate(job.finished_at)],
    ["Result kept until", job.result_expires_at && formatDate(job.result_expires_at)],
    ["Attempts", formatCount(job.attempts)],
    ["Runs once more", job.redriven_from ?? null],
  ];
  const metadata = Object.entries(job.metadata);
  return (
    <dl>
      {[...facts, ...metadata].map(([name, value], place) =>
        value === null ? null : (
          <div key={place}>
            <dt dir="auto">{name}</dt>
            <dd dir="auto">{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
};

const Attempts = ({ attempts }: { attempts: Attempt[] }) =>
  attempts.length === 0 ? null : (
    <section>
      <h3>Attempts that failed</h3>
      <ol class="attempts">
        {attempts.map(({ attempt, error }, place) => (
          <li key={place} value={attempt ?? undefined}>
            <b>{error.code}</b> {error.message}
          </li>
        ))}
      </ol>
    </section>
  );

const BoardLink = ({ id }: { id: string }) =>
  pageConfig.bullBoardPath === null ? null : (
    <a
      href={`${pageConfig.bullBoardPath.replace(/^\//, "")}/queue/scoring/${id}`}
      target="_blank"
      rel="noreferrer"
    >
      Bull Board
    </a>
  );

/** One job as it is, followed until it has ended. */
export const JobDetail = ({ id }: { id: string }) => {
  const job = useSignal<Job | null>(null);
  const attempts = useSignal<Attempt[]>([]);
  const failure = useSignal<string | null>(null);
  const place = useRef<HTMLElement>(null);

  // Below the list, where there is no room beside it.
  useEffect(() => bringIntoView(place.current), [id]);
  useEffect(() => {
    const ended = new AbortController();
    const { signal } = ended;
    void followJob(id, signal, {
      onEvent: async (event) => {
        failure.value = null;
        if (event.type === "progress") {
          if (job.value) job.value = { ...job.value, progress: event.progress };
          return;
        }
        job.value = event.job;
        const failed = await client.attempts(id, { signal });
        // That the job was canceled is told already.
        attempts.value = failed.filter(({ error }) => error.code !== "canceled");
      },
      onFailure: (message) => {
        failure.value = message;
      },
    });
    return () => ended.abort();
  }, [id, job, attempts, failure]);

  const cancel = async () => {
    try {
      await client.cancel(id);
    } catch (error) {
      failure.value = noteFailure(error);
    }
  };

  const { value } = job;
  return (
    <section aria-label="Job" class="job-detail" ref={place}>
      <header>
        <h2 class="id">{id}</h2>
        {value ? <StatusBadge status={value.status} /> : null}
      </header>
      <p class="error" role="alert">
        {failure.value}
      </p>
      {value?.error ? (
        <p class={`reason ${value.status}`}>
          <b>{value.error.code}</b> {value.error.message}
        </p>
      ) : null}
      {value ? (
        <>
          <Facts job={value} />
          <p class="actions">
            {value.done ? null : (
              <button type="button" onClick={() => void cancel()}>
                Cancel
              </button>
            )}
            <BoardLink id={id} />
          </p>
          <Attempts attempts={attempts.value} />
          {value.status === "succeeded" ? <TopResults id={id} /> : null}
          {value.done ? <Deliveries jobId={id} /> : null}
        </>
      ) : null}
    </section>
  );
};
