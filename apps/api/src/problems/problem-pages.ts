import { Hono } from "hono";
import { html } from "hono/html";
import { Problem } from "./problem.ts";
import { problemCatalogue } from "./problem-catalogue.ts";

/** The page that a problem's `type` leads to. */
export const problemPages = () =>
  new Hono().get("/:slug", (context) => {
    const slug = context.req.param("slug");
    const kind = Object.entries(problemCatalogue).find(([known]) => known === slug)?.[1];
    if (!kind) throw new Problem("not-found");
    return context.html(html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${kind.title} · Semblance</title>
<h1>${kind.title}</h1>
<p><code>${slug}</code>, status ${kind.status}</p>
<p>${kind.meaning}</p>
</html>
`);
  });
