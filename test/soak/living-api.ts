import { setTimeout as delay } from "node:timers/promises";
import type { Keeper } from "./keeper.ts";

const POLL_MS = 20;

/**
 * The URL of an API that lives, by chance.
 *
 * @param except where not to go while there is another one
 */
export const livingApi = async (
  apis: readonly Keeper[],
  signal: AbortSignal,
  except = "",
): Promise<string> => {
  for (;;) {
    const urls = apis.flatMap(({ living }) => living?.url ?? []);
    const others = urls.filter((url) => url !== except);
    const choices = others.length > 0 ? others : urls;
    const url = choices[Math.floor(Math.random() * choices.length)];
    if (url) return url;
    await delay(POLL_MS, undefined, { signal });
  }
};
