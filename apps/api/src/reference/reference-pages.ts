import { Hono } from "hono";
import { html } from "hono/html";
import type { Env } from "../dependencies.ts";
import { sharedHeaders } from "../operations/response-headers.ts";
import { problemCatalogue } from "../problems/problem-catalogue.ts";
import { problemsOf } from "../problems/problem-schema.ts";
import { curlExample } from "./curl-example.ts";
import { code, type Html, inline, PAGE_HEADERS, page, pageAssets, prose } from "./page.ts";
import {
  type DocumentedResponse,
  exampleOf,
  type MediaType,
  type NamedOperation,
  operationsOf,
  type Parameter,
  type ReferenceDocument,
  resolve,
} from "./reference-document.ts";
import { schemaHtml, typeHtml } from "./schema-html.ts";

const toText = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value, null, 2);

const methodHtml = (method: string): Html =>
  html`<span class="method ${method.toLowerCase()}">${method}</span>`;

const parametersHtml = (document: ReferenceDocument, parameters: Parameter[]): Html => html`
<h4>Parameters</h4>
<ul class="fields">${parameters.map(({ name, in: place, required, description, schema, example }) => {
  return html`<li>
<p class="field"><code>${name}</code> <span class="type">${place}, ${typeHtml(document, schema ?? {})}</span>${required ? html` <strong>required</strong>` : ""}</p>
<p>${inline(description ?? "")}${example === undefined ? "" : html` Such as <code>${toText(example)}</code>.`}</p>
</li>`;
})}</ul>`;

const mediaHtml = (document: ReferenceDocument, type: string, media: MediaType): Html => html`
<p class="media"><code>${type}</code></p>
${
  media["x-event-data"]
    ? html`<ul class="fields">${Object.entries(media["x-event-data"]).map(
        ([event, schema]) =>
          html`<li><p class="field">event <code>${event}</code>, and as its data:</p><details><summary>Fields</summary>${schemaHtml(document, schema)}</details></li>`,
      )}</ul>`
    : schemaHtml(document, media.schema ?? {})
}`;

const TOLD_ONCE = sharedHeaders("200", true);

/** Without those of every answer, which the page tells of at its top. */
const ownHeaders = (headers: DocumentedResponse["headers"] = {}) =>
  Object.entries(headers).filter(([name]) => !(name in TOLD_ONCE));

const headersHtml = (document: ReferenceDocument, headers: DocumentedResponse["headers"]): Html => html`
<ul class="fields">${ownHeaders(headers).map(([name, header]) => {
  const { description = "", required, schema = {} } = resolve(document, header);
  return html`<li><p class="field">header <code>${name}</code> <span class="type">${typeHtml(document, schema)}</span>${required ? html` <strong>always</strong>` : ""}</p><p>${inline(description)}</p></li>`;
})}</ul>`;

const responseHtml = (document: ReferenceDocument, status: string, response: DocumentedResponse): Html =>
  html`<details class="response"><summary><b>${status}</b> ${inline(response.description)}</summary>
${headersHtml(document, response.headers)}
${Object.entries(response.content ?? {}).map(([type, media]) => mediaHtml(document, type, media))}
</details>`;

const problemsHtml = (problems: [string, DocumentedResponse][]): Html => html`
<h4>Problems</h4>
<ul class="problems">${problems.flatMap(([status, response]) =>
  problemsOf(response).map(
    (slug) =>
      html`<li><b>${status}</b> <a href="/problems/${slug}">${slug}</a> <span>${problemCatalogue[slug].title}</span></li>`,
  ),
)}</ul>`;

const examplesHtml = (document: ReferenceDocument, named: NamedOperation): Html => {
  const { operation, isWebhook } = named;
  const contents = Object.entries(operation.responses)
    .filter(([status]) => /^2/.test(status))
    .flatMap(([status, { content = {} }]) =>
      Object.entries(content).map(([type, media], _, { length }) => {
        const title =
          length > 1
            ? html`Answer ${status} as <span class="media-type">${type.split(";")[0]}</span>`
            : html`Answer ${status}`;
        return [title, exampleOf(document, media)] as const;
      }),
    );
  const sent = Object.values(operation.requestBody?.content ?? {}).map((media) => exampleOf(document, media));
  return html`<div class="shown">
${isWebhook ? sent.map((example) => html`<h4>Body</h4>${code(toText(example))}`) : html`<h4>Call</h4>${code(curlExample(document, named))}`}
${contents.map(([title, example]) => (example === undefined ? "" : html`<h4>${title}</h4>${code(toText(example))}`))}
</div>`;
};

const operationHtml = (document: ReferenceDocument, named: NamedOperation): Html => {
  const { method, path, operation, isWebhook } = named;
  const { operationId, summary, description = "", parameters = [], requestBody, responses } = operation;
  const entries = Object.entries(responses);
  const problems = entries.filter(([, response]) => problemsOf(response).length > 0);
  const answers = entries.filter(([, response]) => problemsOf(response).length === 0);
  return html`<article id="${operationId}">
<h3><a href="#${operationId}">${summary}</a></h3>
<p class="call">${methodHtml(method)} <code>${isWebhook ? "the client's URL" : path}</code></p>
<div class="columns"><div class="told">
${prose(description)}
${parameters.length > 0 ? parametersHtml(document, parameters) : ""}
${Object.entries(requestBody?.content ?? {}).map(([type, media]) => html`<h4>Body</h4>${mediaHtml(document, type, media)}`)}
<h4>Answers</h4>
${answers.map(([status, response]) => responseHtml(document, status, response))}
${problems.length > 0 ? problemsHtml(problems) : ""}
</div>
${examplesHtml(document, named)}
</div>
</article>`;
};

const byTag = (document: ReferenceDocument) =>
  document.tags.map((tag) => ({
    tag,
    operations: operationsOf(document).filter(({ operation }) => operation.tags.includes(tag.name)),
  }));

const navHtml = (document: ReferenceDocument): Html => html`
<p class="name"><a href="/docs">Semblance</a></p>
<ul>${byTag(document).map(
  ({ tag, operations }) =>
    html`<li><a href="#${tag.name}">${tag.name}</a><ul>${operations.map(
      ({ method, path, operation, isWebhook }) =>
        html`<li><a href="#${operation.operationId}">${isWebhook ? "" : methodHtml(method)} <span>${path}</span></a></li>`,
    )}</ul></li>`,
)}
<li><a href="/problems">Problems</a></li>
<li><a href="/openapi.json">OpenAPI document</a></li>
<li><a href="/">Console</a></li></ul>`;

const render = (document: ReferenceDocument): Html =>
  page({
    title: "Reference",
    nav: navHtml(document),
    main: html`<header><h1>${document.info.title} API</h1>${prose(document.info.description)}</header>
${byTag(document).map(
  ({ tag, operations }) => html`<section id="${tag.name}">
<h2>${tag.name}</h2><p>${inline(tag.description)}</p>
${operations.map((named) => operationHtml(document, named))}
</section>`,
)}`,
  });

/** `/docs`: what the document says, for people. Made once. */
export const referencePages = (document: ReferenceDocument) => {
  const rendered = Promise.resolve(render(document));
  return new Hono<Env>()
    .get("/", async (context) => context.html(await rendered, 200, PAGE_HEADERS))
    .route("/", pageAssets());
};
