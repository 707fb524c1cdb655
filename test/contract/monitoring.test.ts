import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { stringify } from "yaml";
import { findMistakes } from "./monitoring/find-mistakes.ts";
import { addValues, type KnownMetrics } from "./monitoring/known-metrics.ts";
import {
  readAlerts,
  readAlertTests,
  readDashboard,
  readJobNames,
  readScalingQueries,
} from "./monitoring/read-files.ts";
import { readSelectors } from "./monitoring/read-selectors.ts";
import { scrapeEverything } from "./monitoring/scrape-everything.ts";

const root = new URL("../../", import.meta.url);

/** Of Prometheus' package, which `scripts/bootstrap --for-tests` installs. Answers what it printed; rejects with that when it fails. */
const promtool = async (...args: string[]): Promise<string> => {
  const cwd = fileURLToPath(new URL("infra/prometheus/", root));
  const { stdout } = await promisify(execFile)("promtool", args, { cwd, timeout: 150_000 });
  return stdout;
};

const alerts = await readAlerts();
const dashboard = await readDashboard();
const targets = dashboard.panels.flatMap((panel) => panel.targets ?? []);

/** A query of the dashboard as Grafana sends it when everything is chosen. */
const fillIn = (query: string) =>
  query.replaceAll("$__rate_interval", "1m").replace(/\$(job|instance)\b/g, ".*");

/** What fills a variable's choice is `label_values(selector, label)`, which asks what `count by (label) (selector)` does. */
const variableQueries = dashboard.templating.list.flatMap(({ query }) =>
  typeof query === "string"
    ? []
    : [query.query.replace(/^label_values\((.+), (\w+)\)$/, "count by ($2) ($1)")],
);

const queries = [
  ...alerts.map(({ expr }) => expr),
  ...[...targets, ...dashboard.annotations.list].map(({ expr }) => fillIn(expr)),
  ...variableQueries.map(fillIn),
];
const scalingQueries = await readScalingQueries();

/** What Prometheus itself adds to what it scrapes. */
const addOwn = async (known: KnownMetrics): Promise<void> => {
  const names = alerts.map(({ alert }) => alert);
  addValues(known, "ALERTS", "alertname", names);
  addValues(known, "ALERTS", "alertstate", ["pending", "firing"]);
  addValues(known, "up", "job", await readJobNames());
  addValues(known, "up", "instance", ["any"]);
};

test("Prometheus takes its configuration and the alerts, and each alert fires as it should and only then", async () => {
  await promtool("check", "config", "prometheus.yml");
  expect(await promtool("test", "rules", "alerts.test.yml")).toContain("SUCCESS");
}, 180_000);

test("each alert has a test in which it fires, and one in which it does not", async () => {
  const tests = await readAlertTests();
  for (const { alert } of alerts) {
    const expected = tests.filter(({ alertname }) => alertname === alert).map((one) => one.exp_alerts.length);
    expect([alert, expected.some((count) => count > 0), expected.includes(0)]).toEqual([alert, true, true]);
  }
});

test("each alert says how urgent it is, what is the matter, and where it is told what to do", async () => {
  const guide = await readFile(new URL("docs/operations.md", root), "utf8");
  const headings = [...guide.matchAll(/^#{2,4} (.+)$/gm)].map(([, heading]) => heading);
  for (const { alert, labels, annotations } of alerts) {
    expect(["page", "ticket"]).toContain(labels["severity"]);
    expect(annotations).toEqual({
      summary: expect.stringMatching(/\S/),
      description: expect.stringMatching(/\.$/),
      runbook: `docs/operations.md#${alert.toLowerCase()}`,
    });
    expect(headings).toContain(alert);
  }
  // Nor is anything told of an alert that there is no more.
  const told = headings.filter((heading) => heading?.startsWith("Semblance"));
  expect(told.sort()).toEqual(alerts.map(({ alert }) => alert).sort());
});

test("every metric, label and value that alerts, dashboard and autoscaling name is in a scrape", async () => {
  const known = await scrapeEverything();
  await addOwn(known);
  expect(queries.flatMap((query) => findMistakes(known, query))).toEqual([]);

  // The check would see a mistake.
  const right = 'sum by (reason) (rate(semblance_jobs_refused_total{reason=~"queue-full|store-full"}[5m]))';
  expect(findMistakes(known, right)).toEqual([]);
  const mistakesWith = (what: string, by: string) => findMistakes(known, right.replace(what, by));
  expect(mistakesWith("jobs_refused", "job_refused")).toEqual([
    "there is no metric semblance_job_refused_total",
  ]);
  expect(mistakesWith("store-full", "stor-full")).toEqual([
    "reason of semblance_jobs_refused_total is never stor-full",
  ]);
  expect(mistakesWith("by (reason)", "by (code)")).toEqual([
    "semblance_jobs_refused_total has no label code",
  ]);
  expect(mistakesWith("{reason=~", "{job=~")).toHaveLength(2);
  expect(() => mistakesWith("[5m]", "[5m")).toThrow("cannot be parsed");

  // In a cluster each target has its namespace, too.
  for (const metric of known.keys()) addValues(known, metric, "namespace", ["semblance"]);
  expect(scalingQueries.flatMap((query) => findMistakes(known, query))).toEqual([]);
});

test("every query is one that Prometheus can run", async () => {
  const folder = await mkdtemp(join(tmpdir(), "semblance-queries-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const rules = [...queries, ...scalingQueries].map((expr, number) => ({ record: `query:${number}`, expr }));
  await writeFile(join(folder, "rules.yml"), stringify({ groups: [{ name: "queries", rules }] }));
  expect(await promtool("check", "rules", join(folder, "rules.yml"))).toContain(
    `${rules.length} rules found`,
  );
});

test("the dashboard depends on nothing of one installation, and each of its panels stands alone", () => {
  const panels = dashboard.panels;
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const taken = new Set<string>();
  for (const { title, type, gridPos, datasource, fieldConfig } of panels) {
    for (let row = gridPos.y; row < gridPos.y + gridPos.h; row += 1) {
      for (let column = gridPos.x; column < gridPos.x + gridPos.w; column += 1) {
        expect(taken, title).not.toContain(`${row}:${column}`);
        taken.add(`${row}:${column}`);
        expect(column, title).toBeLessThan(24);
      }
    }
    if (type === "row") continue;
    expect(datasource, title).toBeDefined();
    expect(fieldConfig?.defaults.unit, title).toMatch(/^\w+$/);
  }
  const sources = JSON.stringify(dashboard).matchAll(/"datasource":\{[^}]*"uid":"([^"]*)"/g);
  for (const [, uid] of sources) expect(uid).toMatch(/^\$\{datasource\}$/);
});

test("a panel shows what was chosen of jobs and instances, and its legends name labels that its queries keep", () => {
  for (const { expr, legendFormat } of targets) {
    for (const { matchers, groupedBy } of readSelectors(fillIn(expr))) {
      expect(
        matchers.map(({ label }) => label),
        expr,
      ).toEqual(expect.arrayContaining(["job", "instance"]));
      const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label!);
      const kept = groupedBy.length > 0 ? groupedBy : ["job", "instance"];
      expect(kept, expr).toEqual(expect.arrayContaining(shown));
    }
  }
});
