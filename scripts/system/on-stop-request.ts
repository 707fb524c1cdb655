/**
 * Calls `stop` at the first Ctrl-C, SIGTERM or closing of the terminal. What follows is ignored: a terminal and npm may both
 * deliver the same Ctrl-C.
 */
export const onStopRequest = (stop: (signal: NodeJS.Signals) => void): void => {
  let asked = false;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (asked) return;
      asked = true;
      stop(name);
    });
  }
};
