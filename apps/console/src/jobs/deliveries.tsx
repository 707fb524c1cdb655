import { useSignal } from "@preact/signals";
import type { Delivery } from "@semblance/client";
import { describeFailure } from "../describe-failure.ts";
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
  const asked = client.value;

  const attempt = async (signal: AbortSignal | undefined, run: () => Promise<Delivery[]>) => {
    try {
      deliveries.value = await run();
      failure.value = null;
    } catch (error) {
      if (signal?.aborted) return;
      noteFailure(error);
      failure.value = describeFailure(error);
    }
  };
  usePoll((signal) => attempt(signal, () => asked.deliveries(jobId, { signal })), EVERY_MS, [jobId, asked]);

  const redeliver = (id: string) =>
    attempt(undefined, async () => {
      await asked.redeliver(id);
      return asked.deliveries(jobId);
    });

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
