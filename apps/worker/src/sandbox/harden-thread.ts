/**
 * Imported first by every processor. BullMQ's thread answers an uncaught throw with an ordinary failure before it exits,
 * and may be lent to the next job in between. Without that handler Node itself ends the thread at once, with its `error`
 * and `exit` events.
 */
process.removeAllListeners("uncaughtException");
