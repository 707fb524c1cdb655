import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{apps,packages}/*/test/**/*.test.ts", "test/**/*.test.ts"],
    globalSetup: ["test/support/redis-for-all.ts"],
    // Deadlines end a hung test; they are no measure of speed.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
  },
});
