/** Tells the process that launched this one, if it did so with an IPC channel, that it is ready for work. */
export const announceReady = (details: { url?: string } = {}): void => {
  process.send?.({ type: "ready", ...details });
};

/** A terminal and npm may both deliver the same Ctrl-C: what comes so soon is no second request. */
const SAME_REQUEST_MS = 300;

/**
 * Calls `shutDown` on SIGINT, on SIGTERM, or when the launcher that holds this process's IPC channel is gone.
 *
 * @param hurry called when a signal comes after that: whoever sent it does not want to wait
 */
export const onShutdownRequest = (shutDown: (reason: string) => void, hurry: () => void): void => {
  let askedAtMs: number | undefined;
  const ask = (reason: string) => {
    if (askedAtMs === undefined) {
      askedAtMs = performance.now();
      shutDown(reason);
    } else if (performance.now() - askedAtMs > SAME_REQUEST_MS) hurry();
  };
  process.on("SIGINT", () => ask("SIGINT"));
  process.on("SIGTERM", () => ask("SIGTERM"));
  process.on("disconnect", () => {
    if (askedAtMs === undefined) ask("launcher gone");
  });
};
