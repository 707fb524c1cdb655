import { metricDefinitions } from "@semblance/shared/job/metric-definitions";
import { METRIC_NAMES } from "@semblance/shared/job/metric-names";
import { expect, test } from "vitest";
import { z } from "zod";
import type { Metric } from "../../packages/similarity/src/metrics/metric.ts";
import { metrics, METRIC_NAMES as SCORED_NAMES } from "../../packages/similarity/src/metrics/metrics.ts";

test("the API accepts the metrics that the engine has", () => {
  expect([...METRIC_NAMES].sort()).toEqual([...SCORED_NAMES].sort());
});

test.each(METRIC_NAMES)(
  "the options of %s have the ranges and defaults that the engine gives them",
  (name) => {
    const { properties } = z.toJSONSchema(metricDefinitions[name].options, { io: "input" });
    const scored = Object.entries((metrics[name] as Metric).options).map(([option, takes]) => {
      const chosen = takes.default === null ? {} : { default: takes.default };
      if ("choices" in takes) return [option, { ...chosen, type: "string", enum: takes.choices }];
      if (!("min" in takes)) return [option, { ...chosen, type: "boolean" }];
      const type = takes.isWhole ? "integer" : "number";
      return [option, { ...chosen, type, minimum: takes.min, maximum: takes.max }];
    });
    const described = scored.map(([option, takes]) => [
      option,
      { ...(takes as object), description: expect.any(String) },
    ]);
    expect(properties).toEqual(Object.fromEntries(described));
  },
);
