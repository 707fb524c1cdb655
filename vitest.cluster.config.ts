import { defineConfig } from "vitest/config";

/** What runs API and worker whole, against a Redis that the tests share. */
const include = [
  "apps/api/test/**/*.test.ts",
  "apps/worker/test/{claim-delivery,delivery-worker}.test.ts",
  "packages/client/test/**/*.test.ts",
  "packages/shared/test/{attempt-store,signing-secrets}.test.ts",
  "test/contract/{tenancy,webhook-receivers}.test.ts",
  "test/e2e/{main-job,redrive,webhooks}.test.ts",
  "test/faults/{canceled-job,crashed-thread,expired-job,hung-thread,idempotent-submissions,killed-processes}.test.ts",
  "test/faults/{refused-result,webhooks-killed-api,webhooks-killed-workers}.test.ts",
];

const limits = { testTimeout: 30_000, hookTimeout: 60_000, teardownTimeout: 20_000 };

/** The same tests with a Redis Cluster, and with Redis behind Sentinels. */
export default defineConfig({
  test: {
    projects: [
      {
        test: { ...limits, name: "cluster", include, globalSetup: ["test/support/redis-cluster-for-all.ts"] },
      },
      {
        test: {
          ...limits,
          name: "sentinel",
          include,
          globalSetup: ["test/support/redis-sentinel-for-all.ts"],
        },
      },
    ],
  },
});
