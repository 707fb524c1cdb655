import { render } from "preact";
import { App } from "./app.tsx";
import { watchQueue } from "./queue/watch-queue.ts";
import { keepDraft } from "./try/draft.ts";
import { loadMetrics } from "./try/metrics.ts";

render(<App />, document.querySelector("#app")!);
// A file that is dropped is not to take the page's place.
for (const type of ["dragover", "drop"] as const) {
  addEventListener(type, (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
}
watchQueue();
keepDraft();
loadMetrics();
