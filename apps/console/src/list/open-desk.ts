import { signal } from "@preact/signals";
import * as Comlink from "comlink";
import type { Desk } from "./desk.ts";

/** Its script could not be had, as where another release answered for it: nothing can be sent. */
export const isDeskMissing = signal(false);

const worker = new Worker(new URL("./desk.ts", import.meta.url), { type: "module", name: "desk" });
worker.addEventListener("error", () => {
  isDeskMissing.value = true;
});

/** Lives as long as the page. */
export const desk = Comlink.wrap<Desk>(worker);
