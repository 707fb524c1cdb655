/**
 * What a log may say of an error: its name, its code and where it was thrown. Never its message, which may quote a text
 * (V8's do, for JSON and for property accesses).
 */
export const describeError = (error: unknown): { name: string; code?: string; at?: string } => {
  if (!(error instanceof Error)) return { name: typeof error };
  const code = (error as NodeJS.ErrnoException).code;
  const frames = error.stack?.split("\n").filter((line) => /^\s+at /.test(line));
  return {
    name: error.name,
    ...(code === undefined ? {} : { code: String(code) }),
    ...(frames?.length
      ? {
          at: frames
            .slice(0, 8)
            .map((line) => line.trim())
            .join(" < "),
        }
      : {}),
  };
};
