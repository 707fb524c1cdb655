import { glob, readFile } from "node:fs/promises";
import { parseAllDocuments, parse as parseYaml } from "yaml";

const infra = new URL("../../../infra/", import.meta.url);

export interface AlertRule {
  alert: string;
  expr: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export interface AlertTest {
  alertname: string;
  exp_alerts: unknown[];
}

export interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  datasource?: object;
  targets?: { expr: string; legendFormat: string }[];
  fieldConfig?: { defaults: { unit?: string } };
}

export interface Dashboard {
  panels: Panel[];
  annotations: { list: { expr: string }[] };
  templating: { list: { query: string | { query: string } }[] };
}

const read = (path: string) => readFile(new URL(path, infra), "utf8");

export const readAlerts = async (): Promise<AlertRule[]> => {
  const { groups } = parseYaml(await read("prometheus/alerts.yml")) as { groups: { rules: AlertRule[] }[] };
  return groups.flatMap(({ rules }) => rules);
};

export const readAlertTests = async (): Promise<AlertTest[]> => {
  const { tests } = parseYaml(await read("prometheus/alerts.test.yml")) as {
    tests: { alert_rule_test: AlertTest[] }[];
  };
  return tests.flatMap(({ alert_rule_test }) => alert_rule_test);
};

/** The names that prometheus.yml gives to its targets' jobs. */
export const readJobNames = async (): Promise<string[]> => {
  const { scrape_configs } = parseYaml(await read("prometheus/prometheus.yml")) as {
    scrape_configs: { job_name: string }[];
  };
  return scrape_configs.map(({ job_name }) => job_name);
};

export const readDashboard = async (): Promise<Dashboard> =>
  JSON.parse(await read("grafana/dashboards/semblance.json"));

interface ScaledObject {
  kind?: string;
  spec: { triggers: { type: string; metadata: { query: string } }[] };
}

/** The queries by which KEDA scales. */
export const readScalingQueries = async (): Promise<string[]> => {
  const queries: string[] = [];
  for await (const path of glob("k8s/**/*.yaml", { cwd: infra })) {
    const objects = parseAllDocuments(await read(path)).map((one) => one.toJS() as ScaledObject | null);
    const triggers = objects.flatMap((one) => (one?.kind === "ScaledObject" ? one.spec.triggers : []));
    queries.push(
      ...triggers.filter(({ type }) => type === "prometheus").map(({ metadata }) => metadata.query),
    );
  }
  return queries;
};
