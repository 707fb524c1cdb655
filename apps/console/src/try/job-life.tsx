import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { bringIntoView } from "../bring-into-view.ts";
import { countOf, formatCount, formatDuration } from "../format.ts";
import { StatusBadge } from "../jobs/status-badge.tsx";
import { jobLink } from "../route.ts";
import { RankingTable } from "./ranking-table.tsx";
import { cancel, giveUp, type Phase, type Place, phase, tryNow } from "./submission.ts";

const describePlace = (place: Place | null): string => {
  if (!place) return "waiting";
  const { position, estimatedWaitMs } = place;
  const estimate = estimatedWaitMs === null ? "" : `, about ${formatDuration(estimatedWaitMs)} to go`;
  return position === 1 ? `next in line${estimate}` : `number ${position} in line${estimate}`;
};

const Refused = ({ refusal, againAtMs }: Extract<Phase, { step: "refused" }>) => {
  const nowMs = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      nowMs.value = Date.now();
    }, 250);
    return () => clearInterval(timer);
  }, [nowMs]);
  const leftS = Math.max(0, Math.ceil((againAtMs - nowMs.value) / 1_000));
  return (
    <div class="notice">
      <p role="alert">{refusal.message}</p>
      <p class="countdown">
        Trying again in <strong>{countOf(leftS, "second")}</strong>
      </p>
      <p class="actions">
        <button type="button" onClick={tryNow}>
          Try now
        </button>
        <button type="button" class="quiet" onClick={giveUp}>
          Give up
        </button>
      </p>
    </div>
  );
};

const Following = ({ job, progress, place, broken }: Extract<Phase, { step: "following" }>) => {
  const isRunning = job.status === "running";
  return (
    <div class="life">
      <ol class="stations" aria-label="The job's life">
        <li class="past">Accepted</li>
        <li class={isRunning ? "past" : "present"} aria-current={isRunning ? undefined : "step"}>
          Queued{isRunning ? null : <span>: {describePlace(place)}</span>}
        </li>
        <li class={isRunning ? "present" : "future"} aria-current={isRunning ? "step" : undefined}>
          Running
          {isRunning ? `: ${countOf(progress.scored, "candidate")} of ${formatCount(progress.total)}` : null}
        </li>
        <li class="future">Done</li>
      </ol>
      <progress aria-label="Candidates scored" max={progress.total} value={isRunning ? progress.scored : 0} />
      {job.attempts > 1 ? <p class="hint">Attempt {job.attempts}</p> : null}
      <p class="error" role="alert">
        {broken ? `${broken} Looking again …` : null}
      </p>
      <p class="actions">
        <button type="button" onClick={() => void cancel()}>
          Cancel
        </button>
        <a href={jobLink(job.id)}>Details</a>
      </p>
    </div>
  );
};

const Ended = ({ job, ranking, broken }: Extract<Phase, { step: "ended" }>) => {
  if (ranking) return <RankingTable job={job} ranking={ranking} />;
  return (
    <div class="notice">
      <p>
        <StatusBadge status={job.status} /> {job.error?.message}
      </p>
      {broken ? <p class="error">{broken}</p> : null}
      <p class="actions">
        <a href={jobLink(job.id)}>Details</a>
      </p>
    </div>
  );
};

const Idle = () => (
  <p class="empty">
    The ranking appears here: every candidate with its score, the best first, and what it shares with the
    query marked.
  </p>
);

const Life = ({ phase }: { phase: Phase }) => {
  switch (phase.step) {
    case "idle":
      return <Idle />;
    case "sending":
      return <p class="empty">Sending …</p>;
    case "refused":
      return <Refused {...phase} />;
    case "following":
      return <Following {...phase} />;
    case "ended":
      return <Ended {...phase} />;
  }
};

/** In a few words, for who hears the page: a refusal and errors are told where they are shown. */
const describe = (phase: Phase): string => {
  switch (phase.step) {
    case "sending":
      return "Sending.";
    case "following":
      return `The job is ${phase.job.status}.`;
    case "ended":
      return phase.ranking
        ? `The ranking is there: ${phase.ranking.total} candidates.`
        : `The job is ${phase.job.status}.`;
    default:
      return "";
  }
};

/** What becomes of a submission, as it happens. */
export const JobLife = () => {
  const place = useRef<HTMLElement>(null);
  const { step } = phase.value;
  useEffect(() => {
    // Where there is no room beside the form, it is below.
    if (step === "sending") bringIntoView(place.current);
  }, [step]);
  return (
    <section class="outcome" ref={place} tabIndex={-1} aria-label="Ranking" aria-busy={step === "sending"}>
      <p class="visually-hidden" role="status">
        {describe(phase.value)}
      </p>
      <Life phase={phase.value} />
    </section>
  );
};
