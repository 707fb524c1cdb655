import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import { gzipSync } from "node:zlib";
import { type Context, Hono } from "hono";
import type { Env } from "../dependencies.ts";

/** What the page is told within it; see apps/console/src/page-config.ts. */
export interface PageConfig {
  needsKey: boolean;
  bodyBytesMax: number;
  bullBoardPath: string | null;
}

interface Page {
  index: string;
  /** By their names, which change with what is in them. */
  assets: ReadonlyMap<string, StoredFile>;
}

interface StoredFile {
  type: string;
  plain: Buffer<ArrayBuffer>;
  gzipped: Buffer<ArrayBuffer>;
}

/** As `scripts/bootstrap` and the image build it. */
const BUILT = new URL("../../../console/dist/", import.meta.url);

/** Nothing from elsewhere, no script but the page's own files, and nothing to be sent anywhere but to this API. */
const POLICY =
  "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const TYPES: Record<string, string> = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
};

const toStoredFile = (name: string, content: Buffer<ArrayBuffer>): StoredFile => ({
  type: TYPES[extname(name)] ?? "application/octet-stream",
  plain: content,
  gzipped: gzipSync(content, { level: 9 }),
});

/** @returns `null` where the console is not built */
const readPage = (): Page | null => {
  const folder = new URL("console/", BUILT);
  try {
    const names = readdirSync(folder);
    return {
      index: readFileSync(new URL("index.html", BUILT), "utf8"),
      assets: new Map(names.map((name) => [name, toStoredFile(name, readFileSync(new URL(name, folder)))])),
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
};

const escapeAttribute = (text: string): string => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");

const withConfig = (index: string, config: PageConfig): string =>
  index.replace(
    /<meta name="semblance" [^>]*>/,
    () => `<meta name="semblance" content="${escapeAttribute(JSON.stringify(config))}">`,
  );

const send = (context: Context<Env>, file: StoredFile, headers: Record<string, string>): Response => {
  const isGzipped = /\bgzip\b/.test(context.req.header("Accept-Encoding") ?? "");
  return context.body(isGzipped ? file.gzipped : file.plain, 200, {
    "Content-Type": file.type,
    Vary: "Accept-Encoding",
    ...(isGzipped ? { "Content-Encoding": "gzip" } : {}),
    ...headers,
  });
};

/**
 * The console: one page and its files, read once.
 *
 * @param readConfig what holds at the time of a request
 * @returns `null` where it is not built
 */
export const consolePages = (readConfig: () => PageConfig): Hono<Env> | null => {
  const page = readPage();
  if (!page) return null;
  const { index, assets } = page;
  return new Hono<Env>()
    .get("/", (context) => {
      const content = Buffer.from(withConfig(index, readConfig()));
      const etag = `"${createHash("sha256").update(content).digest("base64url")}"`;
      const headers = { "Cache-Control": "no-cache", ETag: etag, "Content-Security-Policy": POLICY };
      if (context.req.header("If-None-Match")?.replace(/^W\//, "") === etag)
        return context.body(null, 304, headers);
      return send(context, { ...toStoredFile("", content), type: "text/html; charset=utf-8" }, headers);
    })
    .get("/console/:file", (context) => {
      const file = assets.get(context.req.param("file"));
      if (!file) return context.notFound();
      return send(context, file, {
        "Cache-Control": "public, max-age=31536000, immutable",
        // A worker has the policy that it comes with.
        "Content-Security-Policy": POLICY,
      });
    });
};
