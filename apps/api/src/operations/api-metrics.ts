import { processMetrics } from "@semblance/shared/telemetry/process-metrics";
import { probeRedis } from "@semblance/shared/telemetry/redis-probe";
import type { Redis } from "ioredis";
import { Counter, Histogram, Registry } from "prom-client";
import type { ProblemSlug } from "../problems/problem-catalogue.ts";
import { toProblem } from "../problems/to-problem.ts";
import type { QueueMonitor } from "../queue/queue-monitor.ts";
import { queueMetrics } from "./queue-metrics.ts";

// From an answer of a route that asks nobody to one that was waited for as long as `PREFER_WAIT_MAX_S` lets it.
const REQUEST_BUCKETS_S = [0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Whoever is not among the configured ones: a label must not grow with the number of tenants. */
const OTHER_TENANTS = "other";

export interface ApiMetricsOptions {
  redis: Redis;
  monitor: QueueMonitor;
  queueDepthMax: number;
  storeBytesMax: number;
  /** Tenants that are told by name. */
  tenants: readonly string[];
  /** Told of every submission that is refused. */
  onRefused: (reason: ProblemSlug) => void;
}

export interface AnsweredRequest {
  method: string;
  /** Template of the path, as the OpenAPI document has it. */
  route: string;
  status: number;
  durationMs: number;
}

/** What the API tells Prometheus: its requests, what becomes of submissions, and the state of the queue, which all API processes share. */
export class ApiMetrics {
  readonly #registry = new Registry();
  readonly #options: ApiMetricsOptions;
  readonly #tenants: ReadonlySet<string>;
  readonly #stopProbe: () => void;
  readonly #requests = new Counter({
    name: "semblance_http_requests_total",
    help: "Requests that were answered, by the template of their path.",
    labelNames: ["method", "route", "status"] as const,
    registers: [this.#registry],
  });
  readonly #requestDuration = new Histogram({
    name: "semblance_http_request_duration_seconds",
    help: "From a request's arrival to the head of its answer, with the time that its client asked to wait.",
    labelNames: ["method", "route"] as const,
    buckets: REQUEST_BUCKETS_S,
    registers: [this.#registry],
  });
  readonly #accepted = new Counter({
    name: "semblance_jobs_accepted_total",
    help: "Jobs that were accepted, by tenant as far as METRICS_TENANTS names them.",
    labelNames: ["tenant"] as const,
    registers: [this.#registry],
  });
  readonly #refused = new Counter({
    name: "semblance_jobs_refused_total",
    help: "Submissions that were refused, by the problem that they were answered with and by tenant.",
    labelNames: ["reason", "tenant"] as const,
    registers: [this.#registry],
  });
  readonly #expired = new Counter({
    name: "semblance_jobs_expired_total",
    help: "Jobs that no worker started in time, of those that this process found.",
    registers: [this.#registry],
  });

  constructor(options: ApiMetricsOptions) {
    this.#options = options;
    this.#tenants = new Set(options.tenants);
    this.#stopProbe = probeRedis(options.redis, this.#registry);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** In Prometheus' text format. While Redis cannot be read there is nothing of the queue: an older reading would be told for what is. */
  async render(): Promise<string> {
    const { monitor, queueDepthMax, storeBytesMax } = this.#options;
    const state = await monitor.recent();
    const queue = state ? [queueMetrics(state, { queueDepthMax, storeBytesMax })] : [];
    return Registry.merge([...queue, this.#registry, processMetrics()]).metrics();
  }

  close(): void {
    this.#stopProbe();
  }

  countRequest({ method, route, status, durationMs }: AnsweredRequest): void {
    this.#requests.inc({ method, route, status });
    this.#requestDuration.observe({ method, route }, durationMs / 1_000);
  }

  /** One that never became a request that the app could see. */
  countBrokenRequest(status: number): void {
    this.#requests.inc({ method: "unknown", route: "unmatched", status });
  }

  countAccepted(tenant: string): void {
    this.#accepted.inc({ tenant: this.#toLabel(tenant) });
  }

  countRefused(tenant: string, reason: ProblemSlug): void {
    this.#refused.inc({ reason, tenant: this.#toLabel(tenant) });
    this.#options.onRefused(reason);
  }

  countExpired(): void {
    this.#expired.inc();
  }

  /** Counts a submission that ends in an error as refused. */
  async countingRefusal<Taken>(tenant: string, take: () => Promise<Taken>): Promise<Taken> {
    try {
      return await take();
    } catch (error) {
      this.countRefused(tenant, toProblem(error).slug);
      throw error;
    }
  }

  #toLabel(tenant: string): string {
    return this.#tenants.has(tenant) ? tenant : OTHER_TENANTS;
  }
}
