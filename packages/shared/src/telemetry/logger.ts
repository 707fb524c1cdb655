import type { EventEmitter } from "node:events";
import { type Logger, pino } from "pino";

export type { Logger };

export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** JSON lines on standard output. What is logged holds ids, counts and durations; never texts, bodies or keys. */
export const createLogger = (service: string, level: LogLevel): Logger =>
  pino({ level, base: { service, pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime });

const FLUSH_LIMIT_MS = 500;

/**
 * Logs a last line and waits until it is written; to be awaited before the process ends itself. A signal would lose it, and an
 * exit would wait for ever for a reader of standard output that is gone: sonic-boom 4.2 then repeats the write without end.
 */
export const logLast = async (log: Logger, line: string): Promise<void> => {
  const output = (log as unknown as Record<symbol, EventEmitter>)[pino.symbols.streamSym]!;
  const written = Promise.withResolvers<void>();
  const timer = setTimeout(written.resolve, FLUSH_LIMIT_MS);
  output.once("drain", written.resolve);
  output.once("error", written.resolve);
  log.info(line);
  if (!log.isLevelEnabled("info")) written.resolve();
  await written.promise;
  clearTimeout(timer);
};
