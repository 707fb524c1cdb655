import { METRIC_NAMES } from "@semblance/shared/job/metric-names";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { json, post, readProblem } from "../../../test/support/client.ts";
import { type InProcessApi, startInProcessApi } from "../../../test/support/in-process-api.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";

interface Option {
  name: string;
  type: string;
  description: string;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  default?: unknown;
}

interface Metric {
  name: string;
  family: string;
  definition: string;
  options: Option[];
  source: string;
}

let api: InProcessApi;
let metrics: Metric[];

beforeAll(async () => {
  api = await startInProcessApi({ REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix() });
  ({ metrics } = await json<{ metrics: Metric[] }>(fetch(`${api.url}/v1/similarity-metrics`)));
});
afterAll(() => api.close());

const submit = (metric: Metric, options: object) =>
  post(api.url, { query: "a", candidates: ["a"], metric: metric.name, metric_options: options });

const eachOption = () => metrics.flatMap((metric) => metric.options.map((option) => ({ metric, option })));

const told = ({ type, enum: words, minimum, maximum, default: chosen }: Option): unknown[] => {
  if (words) return words;
  if (type === "boolean") return [true, false];
  return [minimum, maximum, ...(chosen === undefined ? [] : [chosen])];
};

const untold = ({ type, minimum, maximum }: Option): unknown[] => {
  if (type === "string") return ["neither", 1, null];
  if (type === "boolean") return ["true", 1, null];
  const fraction = type === "integer" ? [minimum! + 0.5] : [];
  return [minimum! - 1, maximum! + 1, ...fraction, String(minimum), null];
};

test("every metric is told, with its family, definition and source, and clients may keep the answer", async () => {
  expect(metrics.map(({ name }) => name)).toEqual(METRIC_NAMES);
  for (const { family, definition, source } of metrics) {
    for (const text of [family, definition, source]) expect(text).toMatch(/\S/);
  }
  const response = await fetch(`${api.url}/v1/similarity-metrics`);
  expect(response.headers.get("cache-control")).toBe("max-age=3600");
});

test("options are told with their type, range and default", () => {
  const optionsOf = (name: string) => metrics.find((metric) => metric.name === name)!.options;
  expect(optionsOf("ratio")).toEqual([]);
  expect(optionsOf("jaro_winkler")).toMatchObject([
    { name: "prefix_weight", type: "number", minimum: 0, maximum: 0.25, default: 0.1 },
  ]);
  expect(optionsOf("jaccard")).toMatchObject([
    { name: "unit", type: "string", enum: ["char", "word"], default: "char" },
    { name: "n", type: "integer", minimum: 1, maximum: 10 },
    { name: "multiset", type: "boolean", default: false },
  ]);
  expect(eachOption().filter(({ option }) => !option.description)).toEqual([]);
});

describe("a submission", () => {
  test("may use each option of each metric as it is told, and all of them together", async () => {
    for (const { metric, option } of eachOption()) {
      for (const value of told(option)) {
        expect([metric.name, (await submit(metric, { [option.name]: value })).status]).toEqual([
          metric.name,
          202,
        ]);
      }
    }
    for (const metric of metrics) {
      const last = metric.options.map((option) => [option.name, told(option).at(-1)]);
      expect((await submit(metric, Object.fromEntries(last))).status).toBe(202);
    }
  });

  test("is refused with a value out of an option's range or of another type, at its place", async () => {
    for (const { metric, option } of eachOption()) {
      for (const value of untold(option)) {
        const problem = await readProblem(await submit(metric, { [option.name]: value }));
        expect([value, problem.status, problem.errors?.map(({ pointer }) => pointer)]).toEqual([
          value,
          422,
          [`/metric_options/${option.name}`],
        ]);
      }
    }
  });

  test("is refused with an option that is not told of its metric", async () => {
    const every = new Set(eachOption().map(({ option }) => option.name));
    for (const metric of metrics) {
      for (const name of every.difference(new Set(metric.options.map((option) => option.name)))) {
        expect([metric.name, name, (await submit(metric, { [name]: 0 })).status]).toEqual([
          metric.name,
          name,
          422,
        ]);
      }
    }
  });
});
