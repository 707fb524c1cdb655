import { useSignal } from "@preact/signals";
import type { Delivery } from "@semblance/client";
import { formatDuration, formatTime } from "../format.ts";
import { client, noteFailure } from "../session.ts";
import { usePoll } from "./poll.ts";
import { StatusBadge } from "./status-badge.tsx";

const EVERY_MS = 2_000;

const describeAttempt = ({ status, error, answer }: Delivery["attempts"][number]): string => {
  if (status === null) return error ? `${error.code}: ${error.message}` : "no answer";
  return answer ? `${status} ${answer}` : `${status}`;
};

const Attempts = ({ delivery }: { delivery: Delivery }) => (
  <ol class="attempts">
    {delivery.attempts.map((attempt) => (
      <li key={attempt.started_at}>
        {formatTime(attempt.started_at)}, {formatDuration(attempt.duration_ms)}:{" "}
        <span dir="auto">{describeAttempt(attempt)}</span>
      </li>
    ))}
    {delivery.next_attempt_at ? <li class="soft">again at {formatTime(delivery.next_attempt_at)}</li> : null}
  </ol>
);

/** What became of a job's webhook, attempt by attempt. */
export const Deliveries = ({ jobId }: { jobId: string }) => {
  const deliveries = useSignal<Delivery[]>([]);
  const failure = useSignal<string | null>(null);

  /** How often it was asked for once more, after which there is more to come. */
  const repeats = useSignal(0);

  usePoll(
    async (signal) => {
      try {
        deliveries.value = await client.deliveries(jobId, { signal });
        failure.value = null;
        return deliveries.value.some(({ status }) => status === "pending");
      } catch (error) {
        if (signal.aborted) return false;
        failure.value = noteFailure(error);
        return true;
      }
    },
    EVERY_MS,
    [jobId, repeats.value],
  );

  const redeliver = async (id: string) => {
    try {
      await client.redeliver(id);
      repeats.value += 1;
    } catch (error) {
      failure.value = noteFailure(error);
    }
  };

  if (deliveries.value.length === 0 && failure.value === null) return null;
  return (
    <section>
      <h3>Webhook</h3>
      <p class="error" role="alert">
        {failure.value}
      </p>
      {deliveries.value.map((delivery) => (
        <article key={delivery.id} class="delivery">
          <p>
            <StatusBadge status={delivery.status} /> {delivery.event} to <bdi class="id">{delivery.url}</bdi>
          </p>
          <Attempts delivery={delivery} />
          <p class="actions">
            <button type="button" class="quiet" onClick={() => void redeliver(delivery.id)}>
              Deliver again
            </button>
          </p>
        </article>
      ))}
    </section>
  );
};
