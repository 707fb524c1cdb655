import { signal } from "@preact/signals";

export type Route = { panel: "try" } | { panel: "queue" } | { panel: "jobs"; jobId: string | null };

const toRoute = (hash: string): Route => {
  const [panel, id] = hash.replace(/^#/, "").split("/");
  if (panel === "queue") return { panel };
  if (panel === "jobs") return { panel, jobId: id ? decodeURIComponent(id) : null };
  return { panel: "try" };
};

/** Kept in the URL's fragment, so that a reload and a link lead to the same place, and the server serves one page. */
export const route = signal(toRoute(location.hash));

addEventListener("hashchange", () => {
  route.value = toRoute(location.hash);
});

export const jobLink = (id: string): string => `#jobs/${encodeURIComponent(id)}`;
