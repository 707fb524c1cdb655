import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Preloaded into a process (`node --import`): answers the message `held-bytes` with what a full collection leaves. */
export interface HeldBytes {
  type: "held-bytes";
  bytes: number;
}

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

process.on("message", (message) => {
  if (message !== "held-bytes") return;
  collect();
  const { heapUsed, external } = process.memoryUsage();
  process.send?.({ type: "held-bytes", bytes: heapUsed + external } satisfies HeldBytes);
});
