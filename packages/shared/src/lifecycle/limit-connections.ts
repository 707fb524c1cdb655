import type { Server } from "node:net";

/** A flood of connections is no reason for a flood of log lines. */
const REPORT_PAUSE_MS = 10_000;

/**
 * Has a server drop the connections that come while it has so many, before a byte of them is read.
 *
 * @param onDropped told how many were dropped since it was told last: at once of the first, then no more often than every 10 s
 */
export const limitConnections = (
  server: Server,
  connectionsMax: number,
  onDropped: (count: number) => void,
): void => {
  let dropped = 0;
  let pause: NodeJS.Timeout | undefined;
  const report = () => {
    pause = undefined;
    if (dropped === 0) return;
    onDropped(dropped);
    dropped = 0;
    pause = setTimeout(report, REPORT_PAUSE_MS).unref();
  };
  server.maxConnections = connectionsMax;
  server.on("drop", () => {
    dropped += 1;
    if (!pause) report();
  });
};
