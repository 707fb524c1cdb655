import { Job, Queue } from "bullmq";
import { Redis } from "ioredis";
import { type ParsedJob, serve } from "./serve.ts";

const queue = new Queue<ParsedJob>("guide", {
  connection: new Redis(process.env["REDIS_URL"]!, { maxRetriesPerRequest: null }),
});

/** BullMQ as its guide shows it: the job's data are the whole of it. */
serve(
  async (body) => {
    const job = await queue.add("score", JSON.parse(body.toString()) as ParsedJob);
    return { id: job.id };
  },
  async (id) => {
    const job = await Job.fromId(queue, id);
    return { done: (await job?.isCompleted()) ?? false, result: job?.returnvalue };
  },
);
