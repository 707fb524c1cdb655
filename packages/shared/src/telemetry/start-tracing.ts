import { setTimeout as delay } from "node:timers/promises";
import { DiagLogLevel, diag, trace } from "@opentelemetry/api";
import type { Sampler, SpanExporter } from "@opentelemetry/sdk-trace";
import type { Config } from "../config/load-config.ts";
import type { tracingVariables } from "../config/tracing-variables.ts";
import { tellSparingly } from "../errors/tell-sparingly.ts";
import type { Closer } from "../lifecycle/closer.ts";
import type { Logger } from "./logger.ts";

export type TracingConfig = Config<typeof tracingVariables>;

type Sdk = typeof import("@opentelemetry/sdk-trace");

/** What is still to be sent when the process ends gets so long. */
const FLUSH_LIMIT_MS = 1_500;
const CLOSE_LIMIT_MS = 2_000;

/** The SDK tells of an error as JSON with its stack, or in words that may quote a variable. Its code says enough. */
const logTracingTroubles = (log: Logger) => {
  const tell = tellSparingly(({ message: code }) => log.warn({ code }, "traces may be missing"));
  return (message: string) => tell(new Error(/"code":"(\w+)"/.exec(message)?.[1] ?? "unknown"));
};

const exporterOf = (config: TracingConfig): "none" | "otlp" | "console" => {
  if (config.otelSdkDisabled) return "none";
  if (config.otelTracesExporter !== "") return config.otelTracesExporter;
  return config.otelExporterOtlpEndpoint || config.otelExporterOtlpTracesEndpoint ? "otlp" : "none";
};

const createSampler = (sdk: Sdk, name: TracingConfig["otelTracesSampler"], ratio: number): Sampler => {
  const parentBased = /^parentbased_(.*)$/.exec(name)?.[1];
  if (parentBased) {
    return new sdk.ParentBasedSampler({ root: createSampler(sdk, parentBased as typeof name, ratio) });
  }
  if (name === "traceidratio") return new sdk.TraceIdRatioBasedSampler(ratio);
  return name === "always_off" ? new sdk.AlwaysOffSampler() : new sdk.AlwaysOnSampler();
};

/** An OTLP exporter reads its own variables, such as the headers that a collector wants. */
const createExporter = async (sdk: Sdk, name: "otlp" | "console"): Promise<SpanExporter> => {
  if (name === "console") return new sdk.ConsoleSpanExporter();
  const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-proto");
  return new OTLPTraceExporter();
};

/**
 * Records traces from now on, if it is configured. Nothing of OpenTelemetry's SDK is loaded otherwise.
 *
 * @param service what the process is called unless `OTEL_SERVICE_NAME` says it
 * @param closer sends at the end what is left
 */
export const startTracing = async (
  config: TracingConfig,
  service: string,
  log: Logger,
  closer: Closer,
): Promise<void> => {
  const exporterName = exporterOf(config);
  if (exporterName === "none") return;
  const sdk = await import("@opentelemetry/sdk-trace");
  const resources = await import("@opentelemetry/resources");
  // A collector that is away is told of, sparingly; spans that find no place are dropped.
  const told = logTracingTroubles(log);
  const ignore = () => undefined;
  diag.setLogger(
    { error: told, warn: told, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );

  const { hostDetector, serviceInstanceIdDetector, resourceAttributesEnvDetector } = resources;
  const detectors = [hostDetector, serviceInstanceIdDetector, resourceAttributesEnvDetector];
  const serviceName = config.otelServiceName;
  const provider = new sdk.TracerProvider({
    resource: resources
      .resourceFromAttributes({ "service.name": service })
      .merge(resources.detectResources({ detectors }))
      .merge(resources.resourceFromAttributes(serviceName === "" ? {} : { "service.name": serviceName })),
    sampler: createSampler(sdk, config.otelTracesSampler, config.otelTracesSamplerArg),
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter: await createExporter(sdk, exporterName),
        scheduledDelayMillis: config.otelBspScheduleDelay,
        exportTimeoutMillis: config.otelBspExportTimeout,
        maxQueueSize: config.otelBspMaxQueueSize,
        maxExportBatchSize: Math.min(config.otelBspMaxExportBatchSize, config.otelBspMaxQueueSize),
      }),
    ],
  });
  trace.setGlobalTracerProvider(provider);
  // Within less than the step's own limit: that a collector is away is no failure of the shutdown.
  closer.add("traces", CLOSE_LIMIT_MS, () =>
    Promise.race([
      provider.shutdown().catch(() => undefined),
      delay(FLUSH_LIMIT_MS, undefined, { ref: false }),
    ]),
  );
  log.info({ exporter: exporterName }, "recording traces");
};
