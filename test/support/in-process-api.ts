import { Closer } from "@semblance/shared/lifecycle/closer";
import { createLogger } from "@semblance/shared/telemetry/logger";
import { loadApiConfig } from "../../apps/api/src/config.ts";
import { type RunningApi, startApi } from "../../apps/api/src/start-api.ts";

/** An API in this process, on a free port. */
export interface InProcessApi extends RunningApi {
  close: () => Promise<void>;
}

/** @param env what to configure beside the port */
export const startInProcessApi = async (env: Record<string, string>): Promise<InProcessApi> => {
  const log = createLogger("api", "silent");
  const closer = new Closer(log);
  const config = loadApiConfig({ PORT: "0", LOG_LEVEL: "silent", ...env });
  const onUnfitRedis = (error: Error) => log.fatal(error.message);
  return { ...(await startApi(config, log, closer, onUnfitRedis)), close: () => closer.close() };
};
