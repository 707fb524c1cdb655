import { processMetrics } from "@semblance/shared/telemetry/process-metrics";
import { probeRedis } from "@semblance/shared/telemetry/redis-probe";
import type { Redis } from "ioredis";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { SandboxEvent } from "../sandbox/sandbox-event.ts";
import type { ThreadCounts } from "../sandbox/thread-pool.ts";
import type { AttemptReport } from "../scoring/attempt-report.ts";
import type { DeliveryReport } from "../webhooks/delivery-report.ts";

/** What is read when the metrics are, not when it changes. */
export interface WorkerState {
  threads: ThreadCounts;
  isBreakerOpen: boolean;
}

// From what one small job takes to what a great one does; in seconds, as Prometheus has it.
const RUN_BUCKETS_S = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const WAIT_BUCKETS_S = [0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600];
const KILL_BUCKETS_S = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

/** What the worker tells Prometheus: its threads, what becomes of them, and how attempts go. */
export class WorkerMetrics {
  readonly #registry = new Registry();
  readonly #starts = this.#counter("semblance_thread_starts_total", "Threads that started.");
  readonly #startFailures = this.#counter(
    "semblance_thread_start_failures_total",
    "Threads that could not be started.",
  );
  readonly #kills = this.#counter("semblance_thread_kills_total", "Threads that were killed, by why.", [
    "reason",
  ]);
  readonly #deaths = this.#counter(
    "semblance_thread_deaths_total",
    "Threads that died by themselves, by what of.",
    ["code"],
  );
  readonly #stuck = this.#counter(
    "semblance_threads_stuck_total",
    "Threads that did not end when they were killed.",
  );
  readonly #killDuration = new Histogram({
    name: "semblance_thread_kill_duration_seconds",
    help: "From the decision to kill a thread, such as its job's deadline, to its death.",
    labelNames: ["reason"] as const,
    buckets: KILL_BUCKETS_S,
    registers: [this.#registry],
  });
  readonly #startDuration = new Histogram({
    name: "semblance_thread_start_duration_seconds",
    help: "From the creation of a thread until it can take jobs.",
    buckets: RUN_BUCKETS_S,
    registers: [this.#registry],
  });
  readonly #queueWait = new Histogram({
    name: "semblance_job_queue_wait_seconds",
    help: "From the acceptance of a job to the start of its first attempt that counts.",
    labelNames: ["metric"] as const,
    buckets: WAIT_BUCKETS_S,
    registers: [this.#registry],
  });
  readonly #run = new Histogram({
    name: "semblance_attempt_duration_seconds",
    help: "How long an attempt took, by the job's similarity metric and by how the attempt ended.",
    labelNames: ["metric", "outcome"] as const,
    buckets: RUN_BUCKETS_S,
    registers: [this.#registry],
  });

  readonly #deliveries = new Histogram({
    name: "semblance_delivery_duration_seconds",
    help: "How long an attempt to deliver a webhook took, by what became of it.",
    labelNames: ["outcome"] as const,
    buckets: RUN_BUCKETS_S,
    registers: [this.#registry],
  });

  readonly #stopProbe: () => void;

  constructor(redis: Redis, readState: () => WorkerState) {
    this.#stopProbe = probeRedis(redis, this.#registry);
    const threads: Gauge<"state"> = new Gauge({
      name: "semblance_threads",
      help: "Threads that are not dead (alive); of these, ready for a job (warm) and at work on one (lent).",
      labelNames: ["state"] as const,
      registers: [this.#registry],
      collect: () => {
        const counts = readState().threads;
        for (const state of ["alive", "warm", "lent"] as const) threads.set({ state }, counts[state]);
      },
    });
    const breaker: Gauge = new Gauge({
      name: "semblance_breaker_open",
      help: "1 while no jobs are taken because threads cannot be started.",
      registers: [this.#registry],
      collect: () => breaker.set(readState().isBreakerOpen ? 1 : 0),
    });
  }

  close(): void {
    this.#stopProbe();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** In Prometheus' text format. */
  render(): Promise<string> {
    return Registry.merge([this.#registry, processMetrics()]).metrics();
  }

  countAttempt({ attempt, metric, outcome, queuedMs, durationMs }: AttemptReport): void {
    if (outcome === "not_begun") return;
    if (attempt === 1 && outcome !== "put_back" && outcome !== "lost" && outcome !== "too_new")
      this.#queueWait.observe({ metric }, queuedMs / 1_000);
    this.#run.observe({ metric, outcome }, durationMs / 1_000);
  }

  countDelivery({ outcome, durationMs }: DeliveryReport): void {
    this.#deliveries.observe({ outcome }, durationMs / 1_000);
  }

  countEvent(event: SandboxEvent): void {
    switch (event.type) {
      case "thread-started":
        this.#starts.inc();
        this.#startDuration.observe(event.durationMs / 1_000);
        break;
      case "thread-start-failed":
        this.#startFailures.inc();
        break;
      case "thread-killed":
        this.#kills.inc({ reason: event.reason });
        this.#killDuration.observe({ reason: event.reason }, event.durationMs / 1_000);
        break;
      case "thread-died":
        this.#deaths.inc({ code: event.code });
        break;
      case "thread-stuck":
        this.#stuck.inc();
        break;
      case "breaker-opened":
      case "breaker-closed":
        break;
    }
  }

  #counter<Label extends string = never>(
    name: string,
    help: string,
    labelNames: Label[] = [],
  ): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }
}
