import { type Logger, pino } from "pino";

export type { Logger };

export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** JSON lines on standard output. What is logged holds ids, counts and durations; never texts, bodies or keys. */
export const createLogger = (service: string, level: LogLevel): Logger =>
  pino({ level, base: { service, pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime });
