import { expect, test } from "vitest";
import { sleep } from "../src/sleep.ts";

test("a pause ends with its signal, and does not begin after it", async () => {
  const stop = new AbortController();
  const pause = sleep(1e9, stop.signal);
  stop.abort(new Error("enough"));
  await expect(pause).rejects.toThrow("enough");
  await expect(sleep(1e9, stop.signal)).rejects.toThrow("enough");
});
