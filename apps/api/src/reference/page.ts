import { readFileSync } from "node:fs";
import { Hono } from "hono";
import { html, raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { Env } from "../dependencies.ts";

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** Nothing from elsewhere, nothing that runs. */
const POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const ASSETS = { "style.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml" };

/** What the pages need beside themselves. */
export const pageAssets = () => {
  const routes = new Hono<Env>();
  for (const [name, type] of Object.entries(ASSETS)) {
    const content = readFileSync(new URL(name, import.meta.url), "utf8");
    routes.get(`/${name}`, (context) =>
      context.body(content, 200, { "Content-Type": type, "Cache-Control": "public, max-age=300" }),
    );
  }
  return routes;
};

/** A text with `code` in backticks and paragraphs parted by empty lines, as descriptions are written. */
export const inline = (text: string): Html[] =>
  text
    .split(/`([^`]+)`/)
    .map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));

export const prose = (text: string): Html[] => text.split("\n\n").map((part) => html`<p>${inline(part)}</p>`);

export const listOf = (items: Html[], separator = ", "): Html[] =>
  items.map((item, index) => (index === 0 ? item : html`${separator}${item}`));

export const code = (text: string): Html => html`<pre tabindex="0"><code>${text}</code></pre>`;

/** A page that says all that it says without a script. */
export const page = ({ title, nav, main }: { title: string; nav: Html; main: Html }): Html =>
  html`${raw("<!doctype html>")}
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Semblance</title>
<link rel="icon" href="/docs/icon.svg">
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<nav aria-label="Contents">${nav}</nav>
<main id="main">${main}</main>
</body>
</html>
`;

export const PAGE_HEADERS = { "Content-Security-Policy": POLICY };
