/** Tells the process that launched this one, if it did so with an IPC channel, that it is ready for work. */
export const announceReady = (details: { url?: string } = {}): void => {
  process.send?.({ type: "ready", ...details });
};

/**
 * Calls `shutDown` once: on SIGINT, on SIGTERM, or when the launcher that holds this process's IPC channel is gone. Later
 * signals change nothing, since a terminal and npm may both deliver the same Ctrl-C.
 */
export const onShutdownRequest = (shutDown: (reason: string) => void): void => {
  let asked = false;
  const ask = (reason: string) => {
    if (asked) return;
    asked = true;
    shutDown(reason);
  };
  process.on("SIGINT", () => ask("SIGINT"));
  process.on("SIGTERM", () => ask("SIGTERM"));
  process.on("disconnect", () => ask("launcher gone"));
};
