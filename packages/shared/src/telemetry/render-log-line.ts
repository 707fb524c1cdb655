const LEVELS: Record<number, string> = {
  10: "trace",
  20: "debug",
  30: "info",
  40: "warn",
  50: "error",
  60: "fatal",
};

interface LogRecord {
  level: number;
  msg: string;
  [field: string]: unknown;
}

const parse = (line: string): LogRecord | undefined => {
  try {
    const value = JSON.parse(line);
    return typeof value?.level === "number" && typeof value.msg === "string" ? value : undefined;
  } catch {
    return undefined;
  }
};

const render = (value: unknown): string =>
  typeof value === "string" && /^\S+$/.test(value) ? value : JSON.stringify(value);

/** `info   attempt  outcome=succeeded durationMs=3` for a JSON line of an app's log; any other line as it is. */
export const renderLogLine = (line: string): string => {
  const record = parse(line);
  if (!record) return line;
  // Who, which process and when: a person who looks on knows.
  const { level, msg, service, pid, time, ...fields } = record;
  const pairs = Object.entries(fields).map(([name, value]) => `${name}=${render(value)}`);
  return [(LEVELS[level] ?? String(level)).padEnd(5), msg, pairs.join(" ")].join("  ").trimEnd();
};
