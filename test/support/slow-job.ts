/** A job that asks for this very deadline, the one number of a submission that gets through to the thread and changes little else, is slow. */
export const SLOW_JOB_TIMEOUT_MS = 30_003;

/** For so long a slow job does nothing before it is scored, and takes nobody's core. */
export const SLOW_JOB_PAUSE_MS = 5_000;
