import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { IScaledObject } from "@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject";
import { Closer } from "@semblance/shared/lifecycle/closer";
import { createLogger } from "@semblance/shared/telemetry/logger";
import { startTracing } from "@semblance/shared/telemetry/start-tracing";
import { refuseAddress } from "@semblance/shared/webhook/forbidden-address";
import type { INetworkPolicy } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicy";
import { describe, expect, test } from "vitest";
import { apiVariables, loadApiConfig } from "../../apps/api/src/config.ts";
import { startApi } from "../../apps/api/src/start-api.ts";
import { loadWorkerConfig, workerVariables } from "../../apps/worker/src/config.ts";
import { startWorker } from "../../apps/worker/src/start-worker.ts";
import { startInProcessApi } from "../support/in-process-api.ts";
import { uniqueKeyPrefix } from "../support/key-prefix.ts";
import { redisUrl } from "../support/redis-url.ts";
import { buildOverlay, type KubernetesObject } from "./kubernetes/build-overlay.ts";
import { checkFields } from "./kubernetes/check-fields.ts";
import { findAll } from "./kubernetes/find-all.ts";
import { misspellEachField } from "./kubernetes/misspell-each-field.ts";
import { environmentOf, ofKind, type Workload, workloadsOf } from "./kubernetes/workloads.ts";

const readText = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

const overlays = ["overlays/development", "overlays/production"].map((folder) => ({
  folder,
  objects: buildOverlay(folder),
}));

/** Without the hash that a change of its content gives it. */
const titleOf = ({ kind, metadata }: KubernetesObject) =>
  `${kind} ${metadata.name.replace(/-[a-z0-9]{10}$/, "")}`;

const toMiB = (quantity: unknown): number => {
  const [, count, unit] = /^(\d+)(Mi|Gi)$/.exec(String(quantity))!;
  return Number(count) * (unit === "Gi" ? 1_024 : 1);
};

/** What the steps of a shutdown may take in all. */
class LimitSum extends Closer {
  limitsMs = 0;

  override add(...step: Parameters<Closer["add"]>): void {
    this.limitsMs += step[1];
    super.add(...step);
  }
}

describe.each(overlays)("infra/k8s/$folder", ({ objects }) => {
  const workloads = workloadsOf(objects);
  const named = (name: string): Workload => workloads.find((workload) => workload.name === name)!;
  const api = named("semblance-api");
  const worker = named("semblance-worker");
  const apiEnvironment = environmentOf(objects, api);
  const workerEnvironment = environmentOf(objects, worker);

  test("has no field and no value that the schemas of its kinds do not know", async () => {
    expect((await checkFields(objects)).flat()).toEqual([]);
  });

  test("sets only variables that its processes read, to values that they take", () => {
    expect(Object.keys(apiVariables)).toEqual(expect.arrayContaining(Object.keys(apiEnvironment)));
    expect(Object.keys(workerVariables)).toEqual(expect.arrayContaining(Object.keys(workerEnvironment)));
    const { port, apiKeysFile } = loadApiConfig(apiEnvironment);
    const { healthPort } = loadWorkerConfig(workerEnvironment);
    expect(api.container.ports).toEqual([{ name: "http", containerPort: port }]);
    expect(worker.container.ports).toEqual([{ name: "health", containerPort: healthPort }]);
    expect(api.container.volumeMounts).toMatchObject([{ mountPath: dirname(apiKeysFile) }]);
  });

  test("names ConfigMaps, Secrets and accounts that are in it, or that its README has made by hand", () => {
    const there = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    const byHand = readText("infra/k8s/README.md").matchAll(/create secret generic (\S+)/g);
    const existing = [...there, ...[...byHand].map(([, name]) => `Secret ${name}`)];
    const wanted = [
      ...findAll(objects, "configMapRef").map((reference) => `ConfigMap ${Object(reference).name}`),
      ...findAll(objects, "secretRef").map((reference) => `Secret ${Object(reference).name}`),
      ...findAll(objects, "secretName").map((name) => `Secret ${name}`),
      ...findAll(objects, "serviceAccountName").map((name) => `ServiceAccount ${name}`),
      ...findAll(objects, "scaleTargetRef").map((reference) => `Deployment ${Object(reference).name}`),
    ];
    expect(existing).toEqual(expect.arrayContaining(wanted));
  });

  test("selects pods by labels that pods have, and ports by names that containers give them", () => {
    const selectors = ["selector", "podSelector", "labelSelector"]
      .flatMap((key) => findAll(objects, key))
      .map((selector) => Object(selector).matchLabels ?? selector);
    const isThere = (labels: Record<string, string>) =>
      workloads.some((workload) =>
        Object.entries(labels).every(([name, value]) => workload.labels[name] === value),
      );
    expect(selectors.length).toBeGreaterThan(10);
    expect(selectors.filter((labels) => !isThere(labels))).toEqual([]);

    const portNames = workloads.flatMap(({ container }) => container.ports!.map(({ name }) => name));
    const usedNames = [...findAll(objects, "port"), ...findAll(objects, "targetPort")].filter(
      (port) => typeof port === "string",
    );
    expect(portNames).toEqual(expect.arrayContaining(usedNames));
  });

  test("runs every pod without root, privileges, a way to write or the cluster's token", () => {
    for (const { pod, container } of workloads) {
      expect(pod).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      });
      expect(pod.containers).toEqual([container]);
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
    }
  });

  test("leaves every pod more time to end than its process may take for it", async () => {
    const log = createLogger("api", "silent");
    const onThisMachine = {
      REDIS_URL: redisUrl(),
      KEY_PREFIX: uniqueKeyPrefix(),
      HOST: "127.0.0.1",
      PORT: "0",
      API_KEYS_FILE: "",
      HEALTH_HOST: "127.0.0.1",
      HEALTH_PORT: "0",
      // All that may be there to be closed.
      OTEL_TRACES_EXPORTER: "otlp",
      REDIS_WAIT_REPLICAS: "1",
    };
    const apiCloser = new LimitSum(log);
    const workerCloser = new LimitSum(log);
    const apiConfig = loadApiConfig({ ...apiEnvironment, ...onThisMachine });
    const workerConfig = loadWorkerConfig({ ...workerEnvironment, ...onThisMachine });
    try {
      await startTracing(apiConfig, "semblance-api", log, apiCloser);
      await startTracing(workerConfig, "semblance-worker", log, workerCloser);
      // The delay would be waited for when this API is closed.
      await startApi({ ...apiConfig, shutdownDelayMs: 0 }, log, apiCloser, () => undefined);
      await startWorker({
        config: workerConfig,
        log,
        closer: workerCloser,
        onStuck: () => undefined,
        onUnfitRedis: () => undefined,
      });
      const preStopMs = api.container.lifecycle!.preStop!.sleep!.seconds * 1_000;
      const apiEndMs = preStopMs + apiConfig.shutdownDelayMs + apiCloser.limitsMs;
      const workerEndMs = workerCloser.limitsMs;
      expect(api.pod.terminationGracePeriodSeconds! * 1_000).toBeGreaterThan(apiEndMs);
      expect(worker.pod.terminationGracePeriodSeconds! * 1_000).toBeGreaterThan(workerEndMs);
      const { drainLimitMs } = apiConfig;
      const { shutdownGraceMs, sandboxKillGraceMs } = workerConfig;
      const told = [
        `need ${apiEndMs / 1_000} s and ${workerEndMs / 1_000} s`,
        `\`DRAIN_LIMIT_MS\` and ${(apiCloser.limitsMs - drainLimitMs) / 1_000} s more`,
        `\`SANDBOX_KILL_GRACE_MS\` and ${(workerEndMs - shutdownGraceMs - sandboxKillGraceMs) / 1_000} s more`,
      ];
      const guide = readText("docs/operations.md");
      expect(told.filter((words) => !guide.includes(words))).toEqual([]);
      expect(workerConfig.shutdownGraceMs).toBeGreaterThan(workerConfig.jobTimeoutMs);
    } finally {
      await Promise.all([apiCloser.close(), workerCloser.close()]);
    }
  });

  test("gives a worker a core for each thread, and memory for every thread's heap, the spare's included", () => {
    const { workerConcurrency, sandboxHeapMb } = loadWorkerConfig(workerEnvironment);
    const { requests, limits } = worker.container.resources!;
    expect(Number(requests!["cpu"])).toBe(workerConcurrency);
    expect(toMiB(limits!["memory"])).toBeGreaterThanOrEqual((workerConcurrency + 1) * sandboxHeapMb + 512);
  });

  test("keeps webhooks from no address that the worker would send one to", () => {
    const policies = ofKind<INetworkPolicy & KubernetesObject>(objects, "NetworkPolicy");
    const webhooks = policies.find(({ metadata }) => metadata.name === "webhooks")!;
    const excepted = findAll(webhooks, "except").flat() as string[];
    expect(excepted).not.toEqual([]);
    expect(excepted.filter((range) => refuseAddress(range.split("/")[0]!) === null)).toEqual([]);
  });
});

test("no field of any of them could be misspelt unnoticed", async () => {
  const each = new Map(overlays.flatMap(({ objects }) => objects).map((object) => [titleOf(object), object]));
  const misspelt = [...each.values()].flatMap(misspellEachField);
  const problems = await checkFields(misspelt.map(({ object }) => object));
  expect(misspelt.length).toBeGreaterThan(300);
  expect(misspelt.filter((_, index) => problems[index]!.length === 0).map(({ path }) => path)).toEqual([]);
}, 90_000);

test("workers are scaled by the backlog as any one API sees it, and never to none", async () => {
  const { objects } = overlays.find(({ folder }) => folder === "overlays/production")!;
  const [{ metadata, spec }] = ofKind<IScaledObject>(objects, "ScaledObject") as [IScaledObject];
  expect(spec.minReplicaCount).toBeGreaterThanOrEqual(1);
  expect(spec.triggers).toEqual([
    {
      type: "prometheus",
      metricType: "Value",
      metadata: {
        serverAddress: expect.stringMatching(/^http:/),
        query: `max(semblance_queue_backlog_seconds{namespace="${metadata!.namespace}"})`,
        threshold: expect.stringMatching(/^\d+$/),
        ignoreNullValues: "false",
      },
    },
  ]);
  const api = await startInProcessApi({ REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix() });
  try {
    const metrics = await (await fetch(`${api.url}/metrics`)).text();
    expect(metrics).toMatch(/^semblance_queue_backlog_seconds \d/m);
  } finally {
    await api.close();
  }
});

test("Redis in the cluster keeps what infra/redis.conf has it keep", () => {
  const { objects } = overlays.find(({ folder }) => folder === "overlays/development")!;
  const redis = workloadsOf(objects).find(({ name }) => name === "semblance-redis")!;
  const settings = readText("infra/redis.conf").match(/^(append|save|maxmemory)\S* .+$/gm)!;
  const command = redis.container.command!.join(" ");
  expect(settings).toHaveLength(4);
  for (const setting of settings) expect(command).toContain(`--${setting.replace('""', "")}`);
});
