import { threadId } from "node:worker_threads";

const hoard: unknown[] = [];

/** Says which thread ran it, after it has filled its heap as it is told. */
export default async (job: { data: { hoardKib?: number } }): Promise<number> => {
  for (let kib = 0; kib < (job.data.hoardKib ?? 0); kib += 1) hoard.push(new Array(2 ** 7).fill(kib));
  return threadId;
};
