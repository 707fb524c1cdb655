import { expect, test } from "vitest";
import { Closer } from "../src/lifecycle/closer.ts";
import { createLogger } from "../src/telemetry/logger.ts";

const log = createLogger("test", "silent");

test("what was opened last is closed first, once", async () => {
  const order: string[] = [];
  const closer = new Closer(log);
  closer.add("first", 1_000, () => order.push("first"));
  closer.add("second", 1_000, async () => order.push("second"));
  await Promise.all([closer.close(), closer.close()]);
  expect(order).toEqual(["second", "first"]);
});

test("a step that fails, or never ends, does not keep the others from closing", async () => {
  const order: string[] = [];
  const closer = new Closer(log);
  closer.add("first", 1_000, () => order.push("first"));
  closer.add("hangs", 1, () => new Promise(() => undefined));
  closer.add("throws", 1_000, () => {
    throw new Error("no");
  });
  closer.add("rejects", 1_000, () => Promise.reject(new Error("no")));
  await closer.close();
  expect(order).toEqual(["first"]);
});
