import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import type { AppControllerRoute } from "@bull-board/api/typings/app";
import { HonoAdapter } from "@bull-board/hono";
import { serveStatic } from "@hono/node-server/serve-static";
import { toFacts } from "@semblance/shared/job/scoring-job";
import { DELIVERY_QUEUE, SCORING_QUEUE } from "@semblance/shared/redis/keys";
import type { DeliveryJobData } from "@semblance/shared/webhook/delivery";
import { webhookHost } from "@semblance/shared/webhook/webhook-url";
import { Queue } from "bullmq";
import { Hono } from "hono";
import type { Redis } from "ioredis";
import type { AdminCredentials } from "./admin-credentials.ts";
import { authenticateAdmin } from "./authenticate-admin.ts";

export const BULL_BOARD_PATH = "/admin/queues";

/**
 * Its own parts and nothing else. Its page names a web font and has a few styles inline, of the dots that are there while it loads and of a
 * logo's colours: they are refused, and it does well without.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

export interface BoardOptions {
  /** The board's own connection. */
  redis: Redis;
  /** The one of request handlers, which fails at once when Redis is away. */
  requestRedis: Redis;
  keyPrefix: string;
  /** Whom it is shown to; anyone when there are none. */
  admin: AdminCredentials | null;
  onError: (error: Error) => void;
}

/**
 * Knows the calls that read alone. Browsers send Basic credentials along with what other sites make them ask for: where nothing
 * writes, that changes nothing.
 */
class ReadingAdapter extends HonoAdapter {
  override setApiRoutes(routes: readonly AppControllerRoute[]): this {
    return super.setApiRoutes(routes.filter(({ method }) => method === "get"));
  }
}

/** An error is told by the app as any other is: the handlers that the board comes with show or print what it says, from inside. */
const rethrow = (error: Error): never => {
  throw error;
};

/** The rest of a URL may be its receiver's secret, and the client's metadata are nobody's business. */
const toShownDelivery = ({ deliveryId, tenant, url, restart, job }: DeliveryJobData) => ({
  deliveryId,
  ...(job ? { jobId: job.id } : {}),
  tenant,
  host: webhookHost(url),
  restart,
});

/**
 * Bull Board, to look at and not to touch: an ended job stays ended. It has a connection of its own, so that its listings
 * never stand in a request's way.
 */
export const createBoard = ({ redis, requestRedis, keyPrefix, admin, onError }: BoardOptions) => {
  const open = (name: string) => {
    const queue = new Queue(name, { connection: redis, prefix: keyPrefix });
    queue.on("error", onError);
    return queue;
  };
  const queues = { scoring: open(SCORING_QUEUE), deliveries: open(DELIVERY_QUEUE) };
  const server = new ReadingAdapter(serveStatic);
  server.setBasePath(BULL_BOARD_PATH);
  const scoring = new BullMQAdapter(queues.scoring, { readOnlyMode: true });
  // The texts of a small job are in its data until it ends, and nobody's business.
  scoring.setFormatter("data", toFacts);
  const deliveries = new BullMQAdapter(queues.deliveries, { readOnlyMode: true });
  deliveries.setFormatter("data", toShownDelivery);
  createBullBoard({ queues: [scoring, deliveries], serverAdapter: server });
  server.setErrorHandler(rethrow);
  const routes = new Hono();
  if (admin) routes.use(authenticateAdmin(admin));
  routes
    .use(async function allowOwnParts(context, next) {
      context.header("Content-Security-Policy", POLICY);
      await next();
    })
    .use("/api/*", async function requireRedis(_, next) {
      await requestRedis.ping();
      await next();
    })
    .route("/", server.registerPlugin().onError(rethrow));
  const close = async () => {
    await Promise.all([queues.scoring.close(), queues.deliveries.close()]);
  };
  return { routes, close };
};
