import { access, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { apiVariables, loadApiConfig } from "../../apps/api/src/config.ts";
import { loadWorkerConfig, workerVariables } from "../../apps/worker/src/config.ts";

interface Service {
  image: string;
  environment?: Record<string, string | number>;
  read_only?: boolean;
  cap_drop?: string[];
  cap_add?: string[];
  security_opt?: string[];
  mem_limit?: string;
  healthcheck?: object;
  stop_grace_period?: string;
  ports?: string[];
  volumes?: string[];
}

const read = (path: string) => readFile(new URL(`../../infra/${path}`, import.meta.url), "utf8");

const VALUES: Record<string, string> = {
  REDIS_PASSWORD: "c0ffee",
  WEBHOOK_MASTER_SECRET: `whsec_${Buffer.alloc(32).toString("base64")}`,
  ADMIN_USER: "ops",
  ADMIN_PASSWORD_SHA256: "c0ffee42".repeat(8),
};

/** As compose does it before it reads the file: `${NAME:-default}` and `${NAME:?what is missing}`. */
const interpolate = (text: string) =>
  text.replace(
    /\$\{(\w+):([-?])([^}]*)\}/g,
    (_, name: string, kind: string, rest: string) =>
      VALUES[name] ?? (kind === "-" ? rest : expect.unreachable(`${name} has no value`)),
  );

const { services } = parse(interpolate(await read("compose/compose.yaml")), { merge: true }) as {
  services: Record<string, Service>;
};
const ours = (app: string) =>
  Object.entries(services).filter(([, { image }]) => image.startsWith(`semblance-${app}:`));

const graceMs = ({ stop_grace_period }: Service) => Number(/^(\d+)s$/.exec(stop_grace_period!)![1]) * 1_000;

/** `closingMs`: for the rest of the shutdown at the very worst, as `docs/operations.md` tells it. */
const APPS = [
  {
    app: "api",
    closingMs: 28_000,
    variables: apiVariables,
    shutdownMs: (env: Record<string, string>) => {
      const { shutdownDelayMs, drainLimitMs } = loadApiConfig(env);
      return shutdownDelayMs + drainLimitMs;
    },
  },
  {
    app: "worker",
    closingMs: 16_000,
    variables: workerVariables,
    shutdownMs: (env: Record<string, string>) => {
      const { shutdownGraceMs, sandboxKillGraceMs } = loadWorkerConfig(env);
      return shutdownGraceMs + sandboxKillGraceMs;
    },
  },
];

test.for(APPS)(
  "compose runs two of the $app, with variables that it reads and accepts",
  ({ app, variables, shutdownMs, closingMs }) => {
    expect(ours(app)).toHaveLength(2);
    for (const [, service] of ours(app)) {
      expect(Object.keys(variables)).toEqual(expect.arrayContaining(Object.keys(service.environment!)));
      const env = Object.entries(service.environment!).map(([name, value]) => [name, String(value)]);
      // Throws on a value that is wrong.
      expect(graceMs(service)).toBeGreaterThanOrEqual(shutdownMs(Object.fromEntries(env)) + closingMs);
    }
  },
);

test.for(Object.entries(services))(
  "%s runs with no more rights than it needs, in bounds, watched",
  ([name, service]) => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ["ALL"],
      security_opt: ["no-new-privileges:true"],
      mem_limit: expect.stringMatching(/^\d+[mg]$/),
    });
    expect(service.cap_add ?? []).toEqual(name === "proxy" ? ["NET_BIND_SERVICE"] : []);
    const isOurs = service.image.startsWith("semblance-");
    // The images of ours bring theirs along.
    expect(service.healthcheck !== undefined || isOurs).toBe(true);
    if (!isOurs) expect(service.image).toMatch(/:v?\d+\.\d+\.\d+(-alpine)?$/);
  },
);

test("nothing is published beyond this machine", () => {
  const published = Object.values(services).flatMap(({ ports }) => ports ?? []);
  expect(published).not.toEqual([]);
  for (const port of published) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
});

test("the proxy sends requests to every API", async () => {
  const [, upstreams] = /reverse_proxy (.+) \{/.exec(await read("compose/Caddyfile"))!;
  expect(upstreams!.split(" ")).toEqual(ours("api").map(([name]) => `${name}:8080`));
});

test("Prometheus scrapes every API and every worker", async () => {
  const { scrape_configs } = parse(await read("prometheus/prometheus.yml")) as {
    scrape_configs: { static_configs: { targets: string[] }[] }[];
  };
  const targets = scrape_configs.flatMap(({ static_configs }) =>
    static_configs.flatMap(({ targets }) => targets),
  );
  expect(targets.sort()).toEqual([
    ...ours("api").map(([name]) => `${name}:8080`),
    ...ours("worker").map(([name]) => `${name}:9090`),
  ]);
});

test("what is mounted from the repository is there", async () => {
  const mounted = Object.values(services).flatMap(({ volumes }) => volumes ?? []);
  const paths = mounted.map((volume) => volume.split(":")[0]!).filter((source) => source.startsWith("."));
  expect(paths).not.toEqual([]);
  for (const path of paths) await access(new URL(`../../infra/compose/${path}`, import.meta.url));
});
