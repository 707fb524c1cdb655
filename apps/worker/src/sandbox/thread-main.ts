/**
 * What a sandbox thread runs: BullMQ's own entry, which loads the processor and talks to the main thread, less one habit.
 * That entry answers an uncaught throw with an ordinary failure before it exits, and its dying thread may be lent to the
 * next job in between. Without its handler Node itself ends the thread at once, with its `error` and `exit` events.
 */
import { constants, setPriority } from "node:os";
import { pathToFileURL } from "node:url";

// Where cores are short, the main thread goes first: it holds the deadlines and renews the locks. Linux alone has priorities
// of threads; elsewhere the call would slow the main thread down as well.
if (process.platform === "linux") setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

const bullmqMain = process.argv[2]!;
await import(pathToFileURL(bullmqMain).href);
process.removeAllListeners("uncaughtException");
