import type { AppProcess } from "./app-process.ts";

/** A process that is there again whenever it was killed. */
export interface KeptAlive {
  /** Waits for the next one while there is none. */
  current: () => Promise<AppProcess>;
  /** Ends it by SIGKILL, and waits for the next one. */
  kill: () => Promise<void>;
}

/** Keeps one process alive: whenever it is killed, the next one is started. */
export const keepAlive = async (start: () => Promise<AppProcess>): Promise<KeptAlive> => {
  let current = start();
  await current;
  return {
    current: () => current,
    kill: async () => {
      const app = await current;
      app.kill("SIGKILL");
      current = app.exited.then(start);
      await current;
    },
  };
};
