import type { DefectsData } from "./defects-queue.ts";
import { startAsTold } from "./starts-as-told.ts";

const orders = process.env["THREAD_ORDERS"];
if (orders) startAsTold(orders);

export default async (job: { data: DefectsData }): Promise<string> => {
  switch (job.data.does) {
    case "answer":
      return "answered";
    case "hang":
      for (;;);
    case "exhaust the heap": {
      const hoard: unknown[] = [];
      for (;;) hoard.push(new Array(100_000).fill(hoard.length));
    }
    case "throw later":
      setTimeout(() => {
        throw new Error("thrown outside of the job");
      });
      return new Promise(() => undefined);
    case "exit":
      return process.exit(7);
  }
};
