import { render } from "preact";
import { App } from "./app.tsx";
import { watchQueue } from "./queue/watch-queue.ts";
import { loadMetrics } from "./try/metrics.ts";

render(<App />, document.querySelector("#app")!);
watchQueue();
loadMetrics();
