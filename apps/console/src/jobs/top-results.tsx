import { useSignal } from "@preact/signals";
import type { Result } from "@semblance/client";
import { useEffect } from "preact/hooks";
import { formatCount, formatScore } from "../format.ts";
import { client, noteFailure } from "../session.ts";

const SHOWN = 10;

/** The beginning of a job's ranking. Its texts went with its end: what stands for them are ids and lines. */
export const TopResults = ({ id }: { id: string }) => {
  const results = useSignal<Result["results"] | null>(null);
  const failure = useSignal<string | null>(null);
  useEffect(() => {
    const ended = new AbortController();
    const { signal } = ended;
    client.result(id, { limit: SHOWN, signal }).then(
      (result) => {
        results.value = result.results;
      },
      (error) => {
        if (signal.aborted) return;
        failure.value = noteFailure(error);
      },
    );
    return () => ended.abort();
  }, [id, results, failure]);
  return (
    <section>
      <h3>Closest candidates</h3>
      <p class="hint">Its texts went with the job's end; what is kept are ids and places in the list.</p>
      <p class="error" role="alert">
        {failure.value}
      </p>
      {results.value?.length === 0 ? <p class="hint">None reached the threshold.</p> : null}
      <ol class="top-results">
        {results.value?.map(({ index, id, score }) => (
          <li key={index}>
            <span class="bar" aria-hidden="true">
              <span style={{ width: `${score * 100}%` }} />
            </span>
            <span class="number">{formatScore(score)}</span>
            <span dir="auto">{id ?? `candidate ${formatCount(index + 1)}`}</span>
          </li>
        ))}
      </ol>
    </section>
  );
};
