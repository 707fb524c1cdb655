import type { HttpBindings } from "@hono/node-server";
import type { SpanContext } from "@opentelemetry/api";
import type { SubmissionLimits } from "@semblance/shared/job/limits";
import type { DeliveryQueue } from "@semblance/shared/queue/delivery-queue";
import type { JobEvents } from "@semblance/shared/queue/job-events";
import type { ScoringQueue } from "@semblance/shared/queue/scoring-queue";
import type { RedisKeys } from "@semblance/shared/redis/keys";
import type { Logger } from "@semblance/shared/telemetry/logger";
import type { Hono } from "hono";
import type { Redis } from "ioredis";
import type { Admission, TenantLimits } from "./admission/admission.ts";
import type { ApiMetrics } from "./operations/api-metrics.ts";
import type { QueueMonitor } from "./queue/queue-monitor.ts";
import type { SubmissionReader } from "./submission/submission-reader.ts";
import type { KeyRing } from "./tenants/key-ring.ts";
import type { RateLimits } from "./tenants/rate-limits.ts";

/** What the app is made of; `main.ts` opens it and closes it. */
export interface Dependencies {
  redis: Redis;
  keys: RedisKeys;
  queue: ScoringQueue;
  deliveries: DeliveryQueue;
  submissions: SubmissionReader;
  admission: Admission;
  monitor: QueueMonitor;
  metrics: ApiMetrics;
  /** Tells requests that wait what becomes of their jobs. */
  events: JobEvents;
  limits: SubmissionLimits;
  keyRing: KeyRing;
  rateLimits: RateLimits;
  log: Logger;
  queueDepthMax: number;
  storeBytesMax: number;
  tenantLimits: () => TenantLimits;
  preferWaitMaxS: number;
  resultTtlMs: number;
  deliveryTtlMs: number;
  /** What URLs in answers begin with; empty makes them relative. */
  publicUrl: string;
  /** Whose pages may call the API from a browser; `*` for all. */
  corsOrigins: readonly string[];
  /** What tenants' signing secrets are derived from, current first; none when webhooks are off. */
  webhookMasters: readonly string[];
  /** Whether the process is shutting down. */
  isDraining: () => boolean;
  /** Bull Board's routes, where it may be shown. */
  bullBoard: Hono | null;
  /** The console's, where it is built. */
  console: Hono<Env> | null;
}

/** Whom a request acts for, and what it is a part of. */
export type Requester = Pick<Env["Variables"], "tenant" | "span">;

/** Hono's context for one request. */
export interface Env {
  Bindings: HttpBindings;
  Variables: {
    /** What the request is called in its log line and its answer. */
    requestId: string;
    /** Where it stands in a trace, its client's or one of its own, if there is one. */
    span: SpanContext | null;
    /** Whom the request acts for. */
    tenant: string;
    /** Of the media types that the route answers with, the one that the client would rather have. */
    mediaType: string;
    /** What the request's log line adds to method, path, status and duration. */
    logFields: Record<string, unknown>;
  };
}
