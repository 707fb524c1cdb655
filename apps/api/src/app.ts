import { OpenAPIHono } from "@hono/zod-openapi";
import type { Dependencies, Env } from "./dependencies.ts";
import { crossOrigin } from "./http/cross-origin.ts";
import { identifyRequest } from "./http/identify-request.ts";
import { cancelJob } from "./jobs/cancel-job.ts";
import { createBatch } from "./jobs/create-batch.ts";
import { createJob } from "./jobs/create-job.ts";
import { deleteJob } from "./jobs/delete-job.ts";
import { getAttempts } from "./jobs/get-attempts.ts";
import { getJob } from "./jobs/get-job.ts";
import { getPosition } from "./jobs/get-position.ts";
import { getResult } from "./jobs/get-result.ts";
import { listJobs } from "./jobs/list-jobs.ts";
import { streamEvents } from "./jobs/stream-events.ts";
import { negotiateMediaType } from "./negotiation/negotiate-media-type.ts";
import { BULL_BOARD_PATH } from "./operations/bull-board.ts";
import { health } from "./operations/health.ts";
import { openApiDocument } from "./operations/openapi.ts";
import { requestLog } from "./operations/request-log.ts";
import { traceRequest } from "./operations/trace-request.ts";
import { unanswered } from "./problems/method-not-allowed.ts";
import { problemPages } from "./problems/problem-pages.ts";
import { rejectInvalid } from "./problems/reject-invalid.ts";
import { toProblem } from "./problems/to-problem.ts";
import { getQueue } from "./queue/get-queue.ts";
import { referencePages } from "./reference/reference-pages.ts";
import { isRerank, rerank } from "./rerank/rerank.ts";
import { withMessage } from "./rerank/with-message.ts";
import { getSimilarityMetrics } from "./similarity-metrics/get-similarity-metrics.ts";
import { authenticate } from "./tenants/authenticate.ts";
import { limitRequests } from "./tenants/limit-requests.ts";
import { getDelivery } from "./webhooks/get-delivery.ts";
import { getJobDeliveries } from "./webhooks/get-job-deliveries.ts";
import { getWebhookSecret } from "./webhooks/get-webhook-secret.ts";
import { redeliver } from "./webhooks/redeliver.ts";
import { redeliverFailed } from "./webhooks/redeliver-failed.ts";
import { rotateWebhookSecret } from "./webhooks/rotate-webhook-secret.ts";
import { testWebhook } from "./webhooks/test-webhook.ts";

/** The API: middleware and routes, in order. Listens nowhere by itself. */
export const createApp = (deps: Dependencies) => {
  const app = new OpenAPIHono<Env>({ defaultHook: rejectInvalid });
  app.onError((error, context) => {
    const problem = isRerank(context.req.path) ? withMessage(error) : toProblem(error);
    context.error = problem;
    return problem.toResponse(deps.publicUrl, context.var.requestId);
  });
  app.notFound((context) =>
    unanswered(app, context.req.method, context.req.path).toResponse(deps.publicUrl, context.var.requestId),
  );

  app.use("*", identifyRequest(deps), traceRequest, requestLog(deps));
  health(app, deps);
  for (const path of ["/v1/*", "/v2/*"]) {
    if (deps.corsOrigins.length > 0) app.use(path, crossOrigin(deps.corsOrigins));
    app.use(path, authenticate(deps.keyRing), limitRequests(deps.rateLimits), negotiateMediaType(app));
  }

  createJob(app, deps);
  createBatch(app, deps);
  listJobs(app, deps);
  getJob(app, deps);
  getPosition(app, deps);
  getAttempts(app, deps);
  getResult(app, deps);
  cancelJob(app, deps);
  deleteJob(app, deps);
  streamEvents(app, deps);
  rerank(app, deps);
  getQueue(app, deps);
  getSimilarityMetrics(app);
  getWebhookSecret(app, deps);
  rotateWebhookSecret(app, deps);
  getJobDeliveries(app, deps);
  getDelivery(app, deps);
  redeliver(app, deps);
  redeliverFailed(app, deps);
  testWebhook(app, deps);

  const document = openApiDocument(app, deps);
  app.route("/docs", referencePages(document));
  app.route("/problems", problemPages(document, deps.publicUrl));
  if (deps.console) app.route("/", deps.console);
  if (deps.bullBoard) {
    app.route(BULL_BOARD_PATH, deps.bullBoard);
    // Its own logo leads here.
    app.get(`${BULL_BOARD_PATH}/`, (context) => context.redirect(BULL_BOARD_PATH));
  }
  return app;
};
