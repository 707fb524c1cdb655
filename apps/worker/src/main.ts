import { ConfigError } from "@semblance/shared/config/load-config";
import { describeError } from "@semblance/shared/errors/describe-error";
import { collectLessOften } from "@semblance/shared/memory/collect-less-often";
import { UnfitRedisError } from "@semblance/shared/redis/require-fit-redis";
import { loadWorkerConfig } from "./config.ts";
import { runWorker } from "./run-worker.ts";

const fail = (line: string): never => {
  process.stderr.write(`semblance worker: ${line}\n`);
  process.exit(1);
};

const readConfig = () => {
  try {
    return loadWorkerConfig(process.env);
  } catch (error) {
    if (error instanceof ConfigError) return fail(`cannot start: ${error.message}`);
    throw error;
  }
};

const config = readConfig();
collectLessOften();
try {
  await runWorker(config);
} catch (error) {
  if (error instanceof ConfigError || error instanceof UnfitRedisError) {
    fail(`cannot start: ${error.message}`);
  }
  const { code } = error as NodeJS.ErrnoException;
  fail(
    code === "EADDRINUSE" || code === "EACCES"
      ? `cannot listen on ${config.healthHost}:${config.healthPort} (${code}); set HEALTH_PORT to another one`
      : `cannot start: ${JSON.stringify(describeError(error))}`,
  );
}
