import type { OpenAPIHono } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import type { Env } from "../dependencies.ts";
import { chooseMediaType } from "./choose-media-type.ts";

const routeKey = (method: string, path: string) =>
  `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`;

/** The media types that every documented route answers with when all is well. */
const findMediaTypes = ({ openAPIRegistry }: OpenAPIHono<Env>): Map<string, string[]> => {
  const routes = openAPIRegistry.definitions.flatMap((one) => (one.type === "route" ? [one.route] : []));
  return new Map(
    routes.map(({ method, path, responses }) => {
      const answers = Object.entries(responses).filter(([status]) => status.startsWith("2"));
      const mediaTypes = answers.flatMap(([, answer]) =>
        Object.keys(("content" in answer && answer.content) || {}),
      );
      return [routeKey(method, path), [...new Set(mediaTypes)]];
    }),
  );
};

/**
 * Chooses what a route answers with from what its document says it can, before it does anything; problems are problems whatever the
 * client accepts. Of no concern to routes that have no document, or nothing to say.
 */
export const negotiateMediaType = (app: OpenAPIHono<Env>): MiddlewareHandler<Env> => {
  let mediaTypes: Map<string, string[]> | undefined;
  return async function negotiateMediaType(context, next) {
    // The routes come after this in the app.
    mediaTypes ??= findMediaTypes(app);
    const { method, path } = matchedRoutes(context).at(-1)!;
    const available = mediaTypes.get(routeKey(method, path));
    if (available?.length) {
      context.set("mediaType", chooseMediaType(context.req.header("Accept"), available));
    }
    await next();
  };
};
