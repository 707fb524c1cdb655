import { Hono } from "hono";
import { html } from "hono/html";
import type { Env } from "../dependencies.ts";
import { code, type Html, inline, PAGE_HEADERS, page } from "../reference/page.ts";
import { operationsOf, type ReferenceDocument } from "../reference/reference-document.ts";
import { Problem } from "./problem.ts";
import { type ProblemSlug, problemCatalogue } from "./problem-catalogue.ts";
import { problemExample, problemsOf } from "./problem-schema.ts";

const slugs = Object.keys(problemCatalogue) as ProblemSlug[];

const navHtml = (current?: ProblemSlug): Html => html`
<p class="name"><a href="/docs">Semblance</a></p>
<ul><li><a href="/docs">Reference</a></li>
<li><a href="/problems">Problems</a><ul>${slugs.map(
  (slug) =>
    html`<li><a href="/problems/${slug}"${slug === current ? html` aria-current="page"` : ""}>${slug}</a></li>`,
)}</ul></li></ul>`;

const answeringWith = (document: ReferenceDocument, slug: ProblemSlug) =>
  operationsOf(document).filter(({ operation }) =>
    Object.values(operation.responses).some((response) => problemsOf(response).includes(slug)),
  );

const operationsHtml = (document: ReferenceDocument, slug: ProblemSlug): Html => {
  const answering = answeringWith(document, slug);
  const all = operationsOf(document).filter(({ isWebhook }) => !isWebhook).length;
  if (answering.length === all) return html`<p>Every call may be answered with it.</p>`;
  return html`<ul>${answering.map(
    ({ method, path, operation }) =>
      html`<li><a href="/docs#${operation.operationId}"><code>${method} ${path}</code></a> ${operation.summary}</li>`,
  )}</ul>`;
};

const problemPage = (document: ReferenceDocument, publicUrl: string, slug: ProblemSlug): Html => {
  const { title, status, meaning } = problemCatalogue[slug];
  return page({
    title,
    nav: navHtml(slug),
    main: html`<header><h1>${title}</h1>
<p class="call"><code>${slug}</code> <b>status ${status}</b></p></header>
<h2>What happened, and what to do</h2>
<p>${inline(meaning)}</p>
<h2>Example</h2>
${code(JSON.stringify(problemExample(slug, publicUrl), null, 2))}
<h2>Where</h2>
${operationsHtml(document, slug)}`,
  });
};

const listPage = (): Html =>
  page({
    title: "Problems",
    nav: navHtml(),
    main: html`<header><h1>Problems</h1>
<p>Every error is a problem by RFC 9457: its <code>type</code> leads to one of these pages.</p></header>
${[...Map.groupBy(slugs, (slug) => problemCatalogue[slug].status)]
  .toSorted(([one], [other]) => one - other)
  .map(
    ([status, sharing]) => html`<section><h2>${status}</h2>
<dl class="problems">${sharing.map(
      (slug) =>
        html`<dt><a href="/problems/${slug}">${problemCatalogue[slug].title}</a> <code>${slug}</code></dt><dd>${inline(problemCatalogue[slug].meaning)}</dd>`,
    )}</dl></section>`,
  )}`,
  });

/** The pages that problems' `type`s lead to, and the list of them. */
export const problemPages = (document: ReferenceDocument, publicUrl: string) =>
  new Hono<Env>()
    .get("/", (context) => context.html(listPage(), 200, PAGE_HEADERS))
    .get("/:slug", (context) => {
      const slug = slugs.find((known) => known === context.req.param("slug"));
      if (!slug) throw new Problem("not-found");
      return context.html(problemPage(document, publicUrl, slug), 200, PAGE_HEADERS);
    });
