import { useSignal } from "@preact/signals";
import type { Job, JobStatus } from "@semblance/client";
import { formatCount, formatDate, formatDuration } from "../format.ts";
import { jobLink } from "../route.ts";
import { client, noteFailure } from "../session.ts";
import { timingsOf } from "./job-timings.ts";
import { usePoll } from "./poll.ts";
import { StatusBadge } from "./status-badge.tsx";

const STATUSES: readonly JobStatus[] = ["queued", "running", "succeeded", "failed", "canceled", "expired"];
const PAGE = 25;
const EVERY_MS = 3_000;

const Row = ({ job, isShown }: { job: Job; isShown: boolean }) => {
  const { queuedMs, runningMs } = timingsOf(job);
  return (
    <tr class={isShown ? "shown" : ""}>
      <td>
        <StatusBadge status={job.status} />
      </td>
      <td>
        <a class="id" href={jobLink(job.id)} aria-current={isShown ? "true" : undefined}>
          {job.id}
        </a>
      </td>
      <td class="aside">{job.metric}</td>
      <td class="number aside">{formatCount(job.candidate_count)}</td>
      <td>{formatDate(job.created_at)}</td>
      <td class="number">{formatDuration(queuedMs + (runningMs ?? 0))}</td>
    </tr>
  );
};

const describeNone = (status: JobStatus | "", hasOlder: boolean): string => {
  if (status === "") return hasOlder ? "The latest are gone: look at older ones." : "No job yet.";
  return hasOlder ? `None of the latest is ${status}: look at older ones.` : `No job is ${status}.`;
};

/** The tenant's jobs, the newest first. */
export const JobsList = ({ shownId }: { shownId: string | null }) => {
  const status = useSignal<JobStatus | "">("");
  /** What leads to each page after the first that was gone through. */
  const cursors = useSignal<string[]>([]);
  const page = useSignal<{ jobs: Job[]; next: string | null } | null>(null);
  const failure = useSignal<string | null>(null);
  const cursor = cursors.value.at(-1);

  usePoll(
    async (signal) => {
      try {
        const wanted = status.value || undefined;
        const { jobs, next_cursor: next } = await client.list({
          status: wanted,
          limit: PAGE,
          cursor,
          signal,
        });
        page.value = { jobs, next };
        failure.value = null;
      } catch (error) {
        if (signal.aborted) return false;
        failure.value = noteFailure(error);
      }
      return true;
    },
    EVERY_MS,
    [status.value, cursor],
  );

  const jobs = page.value?.jobs ?? [];
  const next = page.value?.next ?? null;
  return (
    <section aria-label="Latest jobs" class="jobs-list">
      <header>
        <h1>Jobs</h1>
        <label>
          Status
          <select
            value={status.value}
            onChange={({ currentTarget }) => {
              status.value = currentTarget.value as JobStatus | "";
              cursors.value = [];
              page.value = null;
            }}
          >
            <option value="">all</option>
            {STATUSES.map((status) => (
              <option key={status} value={status}>
                {status}
              </option>
            ))}
          </select>
        </label>
      </header>
      <p class="error" role="alert">
        {failure.value}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section class="scroll" tabIndex={0} aria-label="Table of jobs">
        <table>
          <thead>
            <tr>
              <th scope="col">Status</th>
              <th scope="col">Job</th>
              <th scope="col" class="aside">
                Metric
              </th>
              <th scope="col" class="number aside">
                Candidates
              </th>
              <th scope="col">Created</th>
              <th scope="col" class="number">
                Took
              </th>
            </tr>
          </thead>
          <tbody>
            {jobs.map((job) => (
              <Row key={job.id} job={job} isShown={job.id === shownId} />
            ))}
          </tbody>
        </table>
      </section>
      {page.value && jobs.length === 0 ? (
        <p class="empty">{describeNone(status.value, next !== null)}</p>
      ) : null}
      <p class="actions">
        <button
          type="button"
          class="quiet"
          disabled={cursors.value.length === 0}
          onClick={() => {
            cursors.value = cursors.value.slice(0, -1);
          }}
        >
          Newer
        </button>
        <button
          type="button"
          class="quiet"
          disabled={next === null}
          onClick={() => {
            if (next !== null) cursors.value = [...cursors.value, next];
          }}
        >
          Older
        </button>
      </p>
    </section>
  );
};
