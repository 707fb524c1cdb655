import { countOf } from "./format.ts";
import { JobsPanel } from "./jobs/jobs-panel.tsx";
import { KeyPrompt } from "./key-prompt.tsx";
import { Banner } from "./queue/banner.tsx";
import { QueuePanel } from "./queue/queue-panel.tsx";
import { latest, trouble } from "./queue/watch-queue.ts";
import { type Route, route } from "./route.ts";
import { awaitsKey, forgetKey, hasKey } from "./session.ts";
import { TryPanel } from "./try/try-panel.tsx";

const PANELS = [
  ["try", "Try"],
  ["queue", "Queue"],
  ["jobs", "Jobs"],
] as const;

const QueueInBrief = () => {
  const queue = latest.value;
  if (trouble.value) return <p class="brief bad">not reachable</p>;
  if (!queue) return <p class="brief">…</p>;
  return (
    <p class="brief">
      {countOf(queue.depth, "job")} waiting, {countOf(queue.workers, "worker")}
    </p>
  );
};

const Header = () => (
  <header class="top">
    <a class="name" href="#try">
      <img src="docs/icon.svg" alt="" width="24" height="24" />
      Semblance
    </a>
    <nav aria-label="Panels">
      {PANELS.map(([panel, label]) => (
        <a key={panel} href={`#${panel}`} aria-current={route.value.panel === panel ? "page" : undefined}>
          {label}
        </a>
      ))}
      <a href="docs">API</a>
    </nav>
    {awaitsKey.value ? null : <QueueInBrief />}
    {hasKey ? (
      <button type="button" class="quiet" onClick={forgetKey}>
        Forget the key
      </button>
    ) : null}
  </header>
);

const Panel = ({ route }: { route: Route }) => {
  switch (route.panel) {
    case "try":
      return <TryPanel />;
    case "queue":
      return <QueuePanel />;
    case "jobs":
      return <JobsPanel jobId={route.jobId} />;
  }
};

export const App = () => (
  <>
    <button type="button" class="skip" onClick={() => document.querySelector<HTMLElement>("main")?.focus()}>
      Skip to the content
    </button>
    <Header />
    <main tabIndex={-1}>
      {awaitsKey.value ? (
        <KeyPrompt />
      ) : (
        <>
          <Banner />
          <Panel route={route.value} />
        </>
      )}
    </main>
  </>
);
