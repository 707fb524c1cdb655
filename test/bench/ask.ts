import { once } from "node:events";
import type { AppProcess } from "../support/app-process.ts";

/**
 * Sends a process a message and waits for the one it answers with.
 *
 * @throws when it ends before it answers, or takes longer than the limit, which is no measure of speed
 */
export const ask = async <Answer>(
  { child, exited, stderr }: AppProcess,
  message: string | object,
  limitMs = 600_000,
): Promise<Answer> => {
  const answered = once(child, "message", { signal: AbortSignal.timeout(limitMs) });
  const ended = exited.then((how) => {
    throw new Error(`ended with ${how} before it answered: ${stderr()}`);
  });
  child.send(message);
  return ((await Promise.race([answered, ended])) as [Answer])[0];
};
