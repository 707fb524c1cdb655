/** The same trouble is told no more often. */
const TELL_AGAIN_MS = 60_000;
const KINDS_MAX = 100;

/** Tells of errors, and of the same one once a minute: what goes on is known by then. */
export const tellSparingly = (tell: (error: Error) => void): ((error: Error) => void) => {
  const toldAtMs = new Map<string, number>();
  return (error) => {
    const nowMs = performance.now();
    if (nowMs - (toldAtMs.get(error.message) ?? Number.NEGATIVE_INFINITY) < TELL_AGAIN_MS) return;
    if (toldAtMs.size >= KINDS_MAX) toldAtMs.clear();
    toldAtMs.set(error.message, nowMs);
    tell(error);
  };
};
