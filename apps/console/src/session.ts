import { computed, signal } from "@preact/signals";
import { ProblemError } from "@semblance/client";
import { createClient, type Session } from "./create-client.ts";
import { pageConfig } from "./page-config.ts";

/** In the tab's own storage, which ends with it. */
const STORED_AS = "semblance.api-key";

const apiKey = signal(sessionStorage.getItem(STORED_AS) ?? "");

/** Why the key that was there is no more. */
export const keyRefusal = signal<string | null>(null);

export const session = computed<Session>(() => ({
  url: new URL(".", document.baseURI).href,
  apiKey: apiKey.value,
}));

export const client = computed(() => createClient(session.value));

/** Nothing can be asked before somebody has given a key. */
export const awaitsKey = computed(
  () => keyRefusal.value !== null || (pageConfig.needsKey && apiKey.value === ""),
);

export const hasKey = computed(() => apiKey.value !== "");

/** What may be in a header, as keys are made of it. */
const SENDABLE = /^[\x21-\x7e]+$/;

export const setKey = (key: string): void => {
  if (!SENDABLE.test(key)) {
    keyRefusal.value = "A key has no spaces, and no characters beyond ASCII.";
    return;
  }
  sessionStorage.setItem(STORED_AS, key);
  apiKey.value = key;
  keyRefusal.value = null;
};

export const forgetKey = (why: string | null = null): void => {
  sessionStorage.removeItem(STORED_AS);
  apiKey.value = "";
  keyRefusal.value = why;
};

/** To be told of every failure: a key that the API does not know is asked for anew. */
export const noteFailure = (error: unknown): void => {
  if (error instanceof ProblemError && error.status === 401) noteStatus(error.status);
};

export const noteStatus = (status: number): void => {
  if (status !== 401) return;
  forgetKey(hasKey.value ? "The API does not know this key." : "The API wants a key by now.");
};
