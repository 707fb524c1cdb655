import "../../apps/worker/src/sandbox/harden-thread.ts";
import { readFileSync } from "node:fs";
import type { ThreadAnswer } from "../../apps/worker/src/scoring/thread-data.ts";

/** A processor whose start goes as a file says: it throws, exits, hangs, or works. */
switch (readFileSync(process.env["THREAD_ORDERS"]!, "utf8")) {
  case "throw":
    throw new Error("thrown on import");
  case "exit":
    process.exit(1);
    break;
  case "hang":
    for (;;);
}

const RESULT = JSON.stringify({ results: [], scored: 0, duration_ms: 0 });

export default async (): Promise<ThreadAnswer> => ({ result: new TextEncoder().encode(RESULT) });
