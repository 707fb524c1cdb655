import { useSignal } from "@preact/signals";
import type { Job } from "@semblance/client";
import { countOf, formatCount, formatDuration, formatScore } from "../format.ts";
import type { RowOrder } from "../list/order-rows.ts";
import type { RankedRow } from "../list/ranked-row.ts";
import { jobLink } from "../route.ts";
import { CopyAs } from "./copy-as.tsx";
import { Downloads } from "./downloads.tsx";
import { isChanged } from "./draft.ts";
import { MarkedText } from "./marked-text.tsx";
import { order, type Ranking, ROWS_AT_ONCE, showRows } from "./submission.ts";

interface HeadProps {
  by: RowOrder["by"];
  label: string;
  /** What a first press shows first. */
  descendsFirst?: boolean;
  shown: number;
}

const SortableHead = ({ by, label, descendsFirst = false, shown }: HeadProps) => {
  const { by: present, descending } = order.value;
  const isPresent = present === by;
  return (
    <th scope="col" class={by} aria-sort={isPresent ? (descending ? "descending" : "ascending") : "none"}>
      <button
        type="button"
        onClick={() => {
          order.value = { by, descending: isPresent ? !descending : descendsFirst };
          void showRows(shown);
        }}
      >
        {label}
        <span aria-hidden="true">{isPresent ? (descending ? " ↓" : " ↑") : ""}</span>
      </button>
    </th>
  );
};

const Row = ({ row, query }: { row: RankedRow; query: string }) => (
  <tr>
    <td class="rank">{formatCount(row.rank)}</td>
    <td class="score">
      {/* A box of its own: how long it is says the number beside it as well. */}
      <span class="bar" aria-hidden="true">
        <span style={{ width: `${row.score * 100}%` }} />
      </span>
      <span class="number">{formatScore(row.score)}</span>
    </td>
    <td class="text">
      <MarkedText query={query} text={row.text} />
      {row.id === null ? null : <span class="id">{row.id}</span>}
    </td>
    <td class="index">{formatCount(row.index + 1)}</td>
  </tr>
);

const Summary = ({ job, ranking }: { job: Job; ranking: Ranking }) => (
  <p class="summary">
    {countOf(ranking.scored, "candidate")} scored in {formatDuration(ranking.durationMs)} by{" "}
    <b>{job.metric}</b>
    {ranking.total < ranking.scored ? `, ${formatCount(ranking.total)} kept` : ""}.{" "}
    <a href={jobLink(job.id)}>Details</a>
  </p>
);

/** The candidates, best first, as many as anyone looks at; more of them when asked for. */
export const RankingTable = ({ job, ranking }: { job: Job; ranking: Ranking }) => {
  const { rows, total, query } = ranking;
  const isLoading = useSignal(false);
  const showMore = async () => {
    isLoading.value = true;
    await showRows(rows.length + ROWS_AT_ONCE);
    isLoading.value = false;
  };
  return (
    <>
      <h2>
        Closest to “<bdi>{query.length > 80 ? `${query.slice(0, 80)}…` : query}</bdi>”
      </h2>
      <Summary job={job} ranking={ranking} />
      {isChanged.value ? <p class="hint">The form has been changed since.</p> : null}
      {total === 0 ? (
        <p class="empty">No candidate reached the threshold.</p>
      ) : (
        <table class="ranking">
          <caption class="visually-hidden">Candidates by how similar they are</caption>
          <thead>
            <tr>
              <th scope="col" class="rank">
                Rank
              </th>
              <SortableHead by="score" label="Score" descendsFirst shown={rows.length} />
              <SortableHead by="text" label="Candidate" shown={rows.length} />
              <SortableHead by="index" label="No." shown={rows.length} />
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row key={row.index} row={row} query={query} />
            ))}
          </tbody>
        </table>
      )}
      {rows.length < total ? (
        <p class="actions">
          <span>
            {formatCount(rows.length)} of {formatCount(total)} shown.
          </span>
          <button type="button" disabled={isLoading.value} onClick={() => void showMore()}>
            Show {formatCount(Math.min(ROWS_AT_ONCE, total - rows.length))} more
          </button>
        </p>
      ) : null}
      {total === 0 ? null : (
        <p class="hint">
          Marked: runs of three characters and more that also stand in the query, whatever their case and
          accents. Scores go by the metric alone.
        </p>
      )}
      <Downloads />
      <CopyAs />
    </>
  );
};
