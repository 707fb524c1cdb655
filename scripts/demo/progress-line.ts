import type { Job } from "../../packages/client/src/wire-types.ts";

const CLEAR_LINE = "\r\u001b[K";

const describe = ({ status, progress }: Job, elapsedMs: number): string => {
  const [scored, total] = [progress.scored, progress.total].map((count) => count.toLocaleString("en"));
  return `${status.padEnd(9)}  ${scored} of ${total} scored  ${(elapsedMs / 1_000).toFixed(1)} s`;
};

/**
 * Shows where a job stands: on a terminal in one line that is written over and finally cleared, elsewhere in a plain line
 * for every change of status.
 */
export const createProgressLine = (output: NodeJS.WriteStream) => {
  const startedMs = performance.now();
  let lastStatus = "";
  return {
    show: (job: Job): void => {
      const line = describe(job, performance.now() - startedMs);
      if (output.isTTY) output.write(`${CLEAR_LINE}${line}`);
      else if (job.status !== lastStatus) output.write(`${line}\n`);
      lastStatus = job.status;
    },
    clear: (): void => {
      if (output.isTTY) output.write(CLEAR_LINE);
    },
  };
};
