interface ErrorDescription {
  name: string;
  code?: string;
  /** Whom a connection was wanted with. */
  address?: string;
  at?: string;
}

/** Redis begins its refusals with a word that says which, such as `WRONGPASS`, `NOAUTH` or `OOM`. */
const codeOf = (error: Error): string | undefined =>
  error.name === "ReplyError" ? /^[A-Z]+\b/.exec(error.message)?.[0] : (error as NodeJS.ErrnoException).code;

/**
 * What a log may say of an error: its name, its code and where it was thrown. Never its message, which may quote a text
 * (V8's do, for JSON and for property accesses).
 */
export const describeError = (error: unknown): ErrorDescription => {
  if (!(error instanceof Error)) return { name: typeof error };
  const code = codeOf(error);
  const { address, port } = error as { address?: string; port?: number };
  const frames = error.stack?.split("\n").filter((line) => /^\s+at /.test(line));
  return {
    name: error.name,
    ...(code === undefined ? {} : { code: String(code) }),
    ...(address === undefined ? {} : { address: `${address}:${port}` }),
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
