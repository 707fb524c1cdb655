import type { Logger } from "@semblance/shared/telemetry/logger";
import type { DeliveryReport } from "../webhooks/delivery-report.ts";

/** One wide line an attempt to deliver a webhook: ids, the receiver's host and times; no URL, and nothing of what was sent or answered. */
export const logDelivery = (log: Logger, report: DeliveryReport): void => {
  log.info({ ...report, durationMs: Math.round(report.durationMs * 1_000) / 1_000 }, "delivery");
};
