import { effect, signal } from "@preact/signals";

export type Route = { panel: "try" } | { panel: "queue" } | { panel: "jobs"; jobId: string | null };

const decodeId = (id: string): string | null => {
  try {
    return decodeURIComponent(id);
  } catch {
    return null;
  }
};

const toRoute = (hash: string): Route => {
  const [panel, id] = hash.replace(/^#/, "").split("/");
  if (panel === "queue") return { panel };
  if (panel === "jobs") return { panel, jobId: id ? decodeId(id) : null };
  return { panel: "try" };
};

/** Kept in the URL's fragment, so that a reload and a link lead to the same place, and the server serves one page. */
export const route = signal(toRoute(location.hash));

effect(() => {
  const { panel } = route.value;
  document.title = panel === "try" ? "Semblance" : `${panel === "queue" ? "Queue" : "Jobs"} · Semblance`;
});

addEventListener("hashchange", () => {
  route.value = toRoute(location.hash);
});

export const jobLink = (id: string): string => `#jobs/${encodeURIComponent(id)}`;
