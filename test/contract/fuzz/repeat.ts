import { randomUUID } from "node:crypto";
import { eventually } from "../../support/eventually.ts";
import type { Repeat } from "./call.ts";
import type { Violation } from "./check-answer.ts";
import { type Answer, type Sent, send } from "./send.ts";

const IDEMPOTENCY_KEY = "Idempotency-Key";

/** The request under a key that no other has. */
export const withNewKey = (sent: Sent): Sent => ({
  ...sent,
  headers: [...sent.headers.filter(([name]) => name !== IDEMPOTENCY_KEY), [IDEMPOTENCY_KEY, randomUUID()]],
});

interface Item {
  status: number;
  job?: { id: string };
}

/** What became of each submission, one or those of a batch; nothing when the whole was refused. */
const itemsOf = ({ status, body }: Answer): Item[] => {
  if (status === 207) return (JSON.parse(body.toString()) as { items: Item[] }).items;
  return status === 200 || status === 202
    ? [{ status, job: JSON.parse(body.toString()) as { id: string } }]
    : [];
};

const idsOf = (answer: Answer): string[] => itemsOf(answer).flatMap(({ job }) => job?.id ?? []);

/** Asks again while the machine is so busy that Redis seems slow, and once more for a job that ended by itself meanwhile. */
const deleteJob = (sent: Sent, id: string): Promise<unknown> =>
  eventually(`the end of ${id}`, async () => {
    await send({ ...sent, method: "POST", target: `/v1/jobs/${id}/cancel` });
    const { status } = await send({ ...sent, method: "DELETE", target: `/v1/jobs/${id}` });
    return status === 204 || status === 404 ? true : undefined;
  });

const deleteJobs = async (sent: Sent, ids: string[]): Promise<void> => {
  const headers = sent.headers.filter(([name]) => name === "Authorization");
  for (const id of ids) await deleteJob({ ...sent, headers, body: null, isChunked: false }, id);
};

/** @returns both answers, in the order of the requests */
export const sendTwice = async (sent: Sent, repeat: Repeat): Promise<[Answer, Answer]> => {
  if (repeat === "at once") return Promise.all([send(sent), send(sent)]);
  const first = await send(sent);
  if (repeat === "when its jobs are deleted") await deleteJobs(sent, idsOf(first));
  const body = repeat === "with another body" ? Buffer.concat([Buffer.from(" "), sent.body!]) : sent.body;
  return [first, await send({ ...sent, body })];
};

const says = ({ body }: Answer, slug: string) => body.includes(`/problems/${slug}"`);

const checkItem = (repeat: Repeat, first: Item, again: Item | undefined): Violation => {
  if (!first.job || again?.status === 503) return undefined;
  if (again?.job && again.job.id !== first.job.id) return "the same submission made two jobs";
  if (repeat === "the same" && again?.status !== 200) return "an accepted job was not answered again";
  if (repeat === "when its jobs are deleted" && again?.job) return "a deleted job was answered again";
  return undefined;
};

/** Holds what came of a submission that was sent twice to there being one job. */
export const checkTwice = (repeat: Repeat, first: Answer, second: Answer): Violation => {
  const items = itemsOf(first);
  // Nothing was made, or what is there could not be looked up.
  if (idsOf(first).length === 0 || second.status === 429 || second.status === 503) return undefined;
  if (repeat === "with another body") {
    const isRefused = says(second, "idempotency-mismatch") || second.status === 413;
    return isRefused ? undefined : "another body was taken for the same submission";
  }
  if (repeat === "when its jobs are deleted" && first.status !== 207) {
    return says(second, "gone") ? undefined : "a deleted job is not told to be gone";
  }
  if (second.status === 409) return repeat === "at once" ? undefined : "nothing is in progress";
  const isReplay = second.headers["idempotency-replayed"] === "true";
  if (repeat === "the same" && first.status !== 207 && !isReplay) return "it is not told to be a replay";
  const again = itemsOf(second);
  return items.map((item, index) => checkItem(repeat, item, again[index])).find(Boolean);
};
