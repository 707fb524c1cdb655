import { METRIC_NAMES } from "@semblance/shared/job/metric-names";
import { expect, test } from "vitest";
import { METRIC_NAMES as SCORED_NAMES } from "../../packages/similarity/src/metrics/metrics.ts";

test("the API accepts the metrics that the engine has", () => {
  expect([...METRIC_NAMES].sort()).toEqual([...SCORED_NAMES].sort());
});
