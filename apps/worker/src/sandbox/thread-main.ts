/**
 * What a sandbox thread runs: BullMQ's own entry, which loads the processor and talks to the main thread, less one habit.
 * That entry answers an uncaught throw with an ordinary failure before it exits, and its dying thread may be lent to the
 * next job in between. Without its handler Node itself ends the thread at once, with its `error` and `exit` events.
 */
import { pathToFileURL } from "node:url";

const bullmqMain = process.argv[2]!;
await import(pathToFileURL(bullmqMain).href);
process.removeAllListeners("uncaughtException");
