import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError } from "@semblance/shared/config/load-config";
import { describeError } from "@semblance/shared/errors/describe-error";
import { connectPatient } from "@semblance/shared/redis/connect";
import { readRedisSettings } from "@semblance/shared/redis/redis-settings";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { loadApiConfig } from "../../apps/api/src/config.ts";
import { findFreePort } from "../../scripts/redis/find-free-port.ts";
import { type RedisServer, startRedisServer } from "../../scripts/redis-server.ts";
import { post, readProblem, submit, waitForEnd } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { startInProcessApi } from "../support/in-process-api.ts";
import { startInProcessWorker } from "../support/in-process-worker.ts";
import { type CertificateFiles, certifyLoopback } from "../support/loopback-certificates.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

/** Of a Cluster with all slots, whose database is a Redis like any other. */
let server: RedisServer;
let files: CertificateFiles;
let foreign: CertificateFiles;
let port: number;
let remove: () => Promise<void>;

beforeAll(async () => {
  const folder = await createTemporaryFolder();
  remove = folder.remove;
  await mkdir(join(folder.path, "foreign"));
  [files, foreign] = await Promise.all([
    certifyLoopback(folder.path),
    certifyLoopback(join(folder.path, "foreign")),
  ]);
  port = await findFreePort();
  server = await startRedisServer({
    dir: join(folder.path, "redis"),
    appendOnly: true,
    port,
    settings: [
      ...["--port", "0", "--tls-port", String(port), "--tls-auth-clients", "yes"],
      ...["--tls-ca-cert-file", files.ca, "--tls-cert-file", files.cert, "--tls-key-file", files.key],
      ...["--cluster-enabled", "yes", "--tls-cluster", "yes", "--cluster-port", String(await findFreePort())],
    ],
  });
  const settings = readRedisSettings(loadApiConfig(envOf("rediss")));
  const { ca, cert, key } = settings.tls!;
  const redis = new Redis({ host: "127.0.0.1", port, tls: { ca, cert, key } });
  await redis.call("CLUSTER", "ADDSLOTSRANGE", 0, 16_383);
  await eventually("a whole Cluster", async () =>
    (await redis.cluster("INFO")).includes("cluster_state:ok") ? true : undefined,
  );
  redis.disconnect();
});

afterAll(async () => {
  await server.stop();
  await remove();
});

const envOf = (scheme: string, { ca, cert, key } = files) => ({
  REDIS_URL: `${scheme}://127.0.0.1:${port}`,
  REDIS_TLS_CA_FILE: ca,
  REDIS_TLS_CERT_FILE: cert,
  REDIS_TLS_KEY_FILE: key,
});

test.each(["rediss", "rediss+cluster"])("jobs are taken, scored and told of over %s", async (scheme) => {
  const api = await startInProcessApi(envOf(scheme));
  onTestFinished(() => api.close());
  const worker = await startInProcessWorker(envOf(scheme));
  onTestFinished(() => worker.close());
  const { id } = await submit(api.url, { query: "a", candidates: ["b", "a"] });
  expect(await waitForEnd(api.url, id)).toMatchObject({ status: "succeeded" });
});

test.each(["rediss", "rediss+cluster"])(
  "a server over %s that no trusted authority has signed is told nothing, and the log says why",
  async (scheme) => {
    const env = { ...envOf(scheme), REDIS_TLS_CA_FILE: foreign.ca };
    const { promise, resolve } = Promise.withResolvers<Error>();
    const redis = connectPatient(readRedisSettings(loadApiConfig(env)), resolve);
    onTestFinished(() => redis.disconnect());
    expect(describeError(await promise).code).toMatch(/CERT/);
    const api = await startInProcessApi(env);
    onTestFinished(() => api.close());
    const refused = await post(api.url, { query: "a", candidates: ["b"] });
    expect(await readProblem(refused)).toMatchObject({ type: "/problems/store-unavailable" });
  },
);

test("a client that proves nothing of itself is not let in", async () => {
  const { REDIS_TLS_CERT_FILE: _, REDIS_TLS_KEY_FILE: __, ...env } = envOf("rediss");
  const api = await startInProcessApi(env);
  onTestFinished(() => api.close());
  const refused = await post(api.url, { query: "a", candidates: ["b"] });
  expect(await readProblem(refused)).toMatchObject({ type: "/problems/store-unavailable" });
});

test("files of TLS that are missing, or for which there is no TLS, stop the start and are named", () => {
  const read = (env: Record<string, string>) => () => readRedisSettings(loadApiConfig(env));
  const missing = { ...envOf("rediss"), REDIS_TLS_CA_FILE: `${files.ca}.missing` };
  expect(read(missing)).toThrow(new ConfigError("REDIS_TLS_CA_FILE cannot be read (ENOENT)"));
  expect(read({ ...envOf("rediss"), REDIS_TLS_KEY_FILE: "" })).toThrow(ConfigError);
  for (const [name, file, told] of [
    ["REDIS_TLS_KEY_FILE", files.ca, "REDIS_TLS_CERT_FILE and REDIS_TLS_KEY_FILE cannot be used"],
    ["REDIS_TLS_CERT_FILE", files.key, "REDIS_TLS_CERT_FILE and REDIS_TLS_KEY_FILE cannot be used"],
    ["REDIS_TLS_CA_FILE", files.key, "REDIS_TLS_CA_FILE holds no certificate in PEM"],
  ] as const) {
    expect(read({ ...envOf("rediss"), [name]: file })).toThrow(told);
  }
  expect(read(envOf("redis"))).toThrow(
    new ConfigError("REDIS_TLS_… files are given, and REDIS_URL does not begin with rediss"),
  );
});
