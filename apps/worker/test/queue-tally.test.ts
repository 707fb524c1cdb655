import { expect, test } from "vitest";
import { QueueTally } from "../src/queue-tally.ts";
import type { AttemptReport } from "../src/scoring/attempt-report.ts";
import type { DeliveryReport } from "../src/webhooks/delivery-report.ts";

test("what could not be handed over is, the next time, with what came meanwhile, and nothing twice", async () => {
  const tally = new QueueTally();
  const attempt = (outcome: AttemptReport["outcome"]) => tally.countAttempt({ outcome } as AttemptReport);
  const handOver = async () => {
    const taken: (string | number)[] = [];
    await tally.handOver(async (counts) => void taken.push(...counts));
    return taken;
  };
  attempt("crashed");
  attempt("put_back");
  await expect(tally.handOver(() => Promise.reject(new Error("away")))).rejects.toThrow("away");
  attempt("crashed");
  tally.countDelivery({ outcome: "failed" } as DeliveryReport);
  tally.countDelivery({ outcome: "will_retry" } as DeliveryReport);
  expect(await handOver()).toEqual(["crashed", 2, "undelivered", 1]);
  expect(await handOver()).toEqual([]);
});
