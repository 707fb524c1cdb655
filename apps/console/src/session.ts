import { computed, signal } from "@preact/signals";
import { ProblemError } from "@semblance/client";
import { createClient, type Session } from "./create-client.ts";
import { describeFailure } from "./describe-failure.ts";
import { pageConfig } from "./page-config.ts";

/** In the tab's own storage, which ends with it. */
const STORED_AS = "semblance.api-key";

/** For as long as the page: with another key it begins anew, so that nothing of one tenant is left for the next. */
export const session: Session = {
  url: new URL(".", document.baseURI).href,
  apiKey: sessionStorage.getItem(STORED_AS) ?? "",
};

export const client = createClient(session);

export const hasKey = session.apiKey !== "";

/** Why the key that there is, or is not, will not do. */
export const keyRefusal = signal<string | null>(null);

/** Nothing can be asked before somebody has given a key. */
export const awaitsKey = computed(() => keyRefusal.value !== null || (pageConfig.needsKey && !hasKey));

/** What may be in a header, as keys are made of it. */
const SENDABLE = /^[\x21-\x7e]+$/;

export const setKey = (key: string): void => {
  if (!SENDABLE.test(key)) {
    keyRefusal.value =
      key === "" ? "There is no key yet." : "A key has no spaces, and no characters beyond ASCII.";
    return;
  }
  sessionStorage.setItem(STORED_AS, key);
  location.reload();
};

/** With all else that the next one at this tab is not to find. */
export const forgetKey = (): void => {
  sessionStorage.clear();
  location.reload();
};

export const noteStatus = (status: number): void => {
  if (status !== 401 || keyRefusal.value !== null) return;
  sessionStorage.clear();
  keyRefusal.value = hasKey ? "The API does not know this key." : "The API wants a key by now.";
};

/**
 * To be told of every failure: a key that the API does not know is asked for anew.
 *
 * @returns what to say of it
 */
export const noteFailure = (error: unknown): string => {
  if (error instanceof ProblemError) noteStatus(error.status);
  return describeFailure(error);
};
