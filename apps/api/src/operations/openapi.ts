import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Handler } from "hono";
import type { Env } from "../dependencies.ts";

/** Answers with the OpenAPI document of every route registered so far, made once. */
export const openApiDocument = (app: OpenAPIHono<Env>): Handler<Env> => {
  const json = JSON.stringify(
    app.getOpenAPI31Document({
      openapi: "3.1.0",
      info: {
        title: "Semblance",
        version: "1",
        description: "Scores how similar a query is to each of many candidates, as asynchronous jobs.",
        license: { name: "MIT" },
      },
    }),
  );
  return (context) => context.body(json, 200, { "Content-Type": "application/json" });
};
