import * as Comlink from "comlink";
import type { Desk } from "./desk.ts";

/** Lives as long as the page. */
export const desk = Comlink.wrap<Desk>(
  new Worker(new URL("./desk.ts", import.meta.url), { type: "module", name: "desk" }),
);
