import { EventEmitter } from "node:events";
import type { Writable } from "node:stream";
import { type Logger, pino } from "pino";
import { renderLogLine } from "./render-log-line.ts";

export type { Logger };

export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where somebody looks on: the line's time of day (UTC), and what it says, without who says it. */
const renderTo = (terminal: Writable) => ({
  write: (line: string) => {
    const { time } = JSON.parse(line) as { time: string };
    terminal.write(`${time.slice("yyyy-mm-ddT".length)}  ${renderLogLine(line)}\n`);
  },
});

/**
 * JSON lines on standard output. What is logged holds ids, counts and durations; never texts, bodies or keys.
 *
 * @param terminal gets lines for people instead, where there is one
 */
export const createLogger = (
  service: string,
  level: LogLevel,
  terminal: Writable | null = process.stdout.isTTY ? process.stdout : null,
): Logger => {
  const options = { level, base: { service, pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime };
  return terminal ? pino(options, renderTo(terminal)) : pino(options);
};

const FLUSH_LIMIT_MS = 500;

/**
 * Logs a last line and waits until it is written; to be awaited before the process ends itself. A signal would lose it, and an
 * exit would wait for ever for a reader of standard output that is gone: sonic-boom 4.2 then repeats the write without end.
 */
export const logLast = async (log: Logger, line: string): Promise<void> => {
  const output = (log as unknown as Record<symbol, unknown>)[pino.symbols.streamSym];
  // A terminal has it at once.
  if (!(output instanceof EventEmitter)) return log.info(line);
  const written = Promise.withResolvers<void>();
  const timer = setTimeout(written.resolve, FLUSH_LIMIT_MS);
  output.once("drain", written.resolve);
  output.once("error", written.resolve);
  log.info(line);
  if (!log.isLevelEnabled("info")) written.resolve();
  await written.promise;
  clearTimeout(timer);
};
