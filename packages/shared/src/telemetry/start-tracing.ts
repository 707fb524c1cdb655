import { DiagLogLevel, diag, trace } from "@opentelemetry/api";
import type { Sampler, SpanExporter } from "@opentelemetry/sdk-trace";
import type { Config } from "../config/load-config.ts";
import type { tracingVariables } from "../config/tracing-variables.ts";
import type { Closer } from "../lifecycle/closer.ts";
import type { Logger } from "./logger.ts";

export type TracingConfig = Config<typeof tracingVariables>;

type Sdk = typeof import("@opentelemetry/sdk-trace");

/** What is still to be sent when the process ends gets so long. */
const FLUSH_LIMIT_MS = 2_000;

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
  const told = (message: string) => log.warn({ reason: message }, "traces may be missing");
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
  closer.add("traces", FLUSH_LIMIT_MS, () => provider.shutdown());
  log.info({ exporter: exporterName }, "recording traces");
};
