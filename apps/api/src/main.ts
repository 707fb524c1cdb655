import { ConfigError } from "@semblance/shared/config/load-config";
import { describeError } from "@semblance/shared/errors/describe-error";
import { Closer } from "@semblance/shared/lifecycle/closer";
import { announceReady, onShutdownRequest } from "@semblance/shared/lifecycle/launcher";
import { collectLessOften } from "@semblance/shared/memory/collect-less-often";
import { UnfitRedisError } from "@semblance/shared/redis/require-fit-redis";
import { createLogger, logLast } from "@semblance/shared/telemetry/logger";
import { startTracing } from "@semblance/shared/telemetry/start-tracing";
import { loadApiConfig } from "./config.ts";
import { isLoopback } from "./is-loopback.ts";
import { startApi } from "./start-api.ts";
import { ApiKeysError } from "./tenants/api-key.ts";

const fail = (line: string): never => {
  process.stderr.write(`semblance api: ${line}\n`);
  process.exit(1);
};

const readConfig = () => {
  try {
    return loadApiConfig(process.env);
  } catch (error) {
    if (error instanceof ConfigError) return fail(`cannot start: ${error.message}`);
    throw error;
  }
};

const config = readConfig();
collectLessOften();
if (!isLoopback(config.host) && config.apiKeys.length === 0 && config.apiKeysFile === "") {
  fail(
    `cannot start: HOST is ${config.host}, and without API_KEYS or API_KEYS_FILE the API listens on loopback only, such as 127.0.0.1`,
  );
}

const log = createLogger("api", config.logLevel);
const closer = new Closer(log);
const shutDown = async (reason: string) => {
  log.info({ reason }, "shutting down");
  await closer.close();
  await logLast(log, "stopped");
  process.exit();
};
onShutdownRequest(shutDown, () => process.exit(1));
const onUnfitRedis = (error: UnfitRedisError) => {
  log.fatal(error.message);
  process.exitCode = 1;
  void shutDown("unfit Redis");
};

try {
  await startTracing(config, "semblance-api", log, closer);
  const { url } = await startApi(config, log, closer, onUnfitRedis);
  log.info({ url }, "listening");
  announceReady({ url });
} catch (error) {
  const code = (error as NodeJS.ErrnoException).code;
  await closer.close();
  if (error instanceof ApiKeysError || error instanceof ConfigError || error instanceof UnfitRedisError) {
    fail(`cannot start: ${error.message}`);
  }
  fail(
    code === "EADDRINUSE" || code === "EACCES"
      ? `cannot listen on ${config.host}:${config.port} (${code}); set PORT to another one`
      : `cannot start: ${JSON.stringify(describeError(error))}`,
  );
}
