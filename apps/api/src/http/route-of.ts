import type { Context } from "hono";
import { routePath } from "hono/route";
import type { Env } from "../dependencies.ts";
import { BULL_BOARD_PATH } from "../operations/bull-board.ts";

/** The template of a request's path, as the OpenAPI document has it: there are no more of them than routes. To be asked once it is answered. */
export const routeOf = (context: Context<Env>): string => {
  const path = routePath(context, -1);
  if (path.startsWith(BULL_BOARD_PATH)) return BULL_BOARD_PATH;
  // Nothing but middleware answered.
  if (path.endsWith("*")) return "unmatched";
  return path.replace(/:(\w+)(\{[^}]*\})?/g, "{$1}");
};
