import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { ConfigError } from "../config/load-config.ts";
import type { RedisUrl } from "./redis-url.ts";

export interface RedisTls {
  /** PEM, each of them; without authorities of its own those of Node are trusted. */
  ca: Buffer | undefined;
  /** What this side proves itself with, where the server asks for it. */
  cert: Buffer | undefined;
  key: Buffer | undefined;
}

/** All that it takes to connect. */
export interface RedisSettings {
  url: RedisUrl;
  /** Tells the node of a Cluster. */
  keyPrefix: string;
  tls: RedisTls | null;
  /** For the Sentinels themselves. */
  sentinelUsername: string;
  sentinelPassword: string;
}

interface RedisConfig {
  redisUrl: RedisUrl;
  keyPrefix: string;
  redisTlsCaFile: string;
  redisTlsCertFile: string;
  redisTlsKeyFile: string;
  redisSentinelUsername: string;
  redisSentinelPassword: string;
}

const read = (variable: string, file: string): Buffer | undefined => {
  try {
    return file === "" ? undefined : readFileSync(file);
  } catch (error) {
    throw new ConfigError(`${variable} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
};

/** A pair that does not fit, or what is no PEM, would fail each connection to come, and tell nobody why. */
const requireUsable = ({ ca, cert, key }: RedisTls): void => {
  if (ca && !ca.includes("-----BEGIN CERTIFICATE-----")) {
    throw new ConfigError("REDIS_TLS_CA_FILE holds no certificate in PEM");
  }
  try {
    createSecureContext({ ca, cert, key });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(`REDIS_TLS_CERT_FILE and REDIS_TLS_KEY_FILE cannot be used (${code ?? "no PEM"})`);
  }
};

/**
 * Reads the files that the configuration names.
 *
 * @throws {ConfigError}
 */
export const readRedisSettings = (config: RedisConfig): RedisSettings => {
  const tls: RedisTls = {
    ca: read("REDIS_TLS_CA_FILE", config.redisTlsCaFile),
    cert: read("REDIS_TLS_CERT_FILE", config.redisTlsCertFile),
    key: read("REDIS_TLS_KEY_FILE", config.redisTlsKeyFile),
  };
  const { redisUrl: url, keyPrefix, redisSentinelUsername, redisSentinelPassword } = config;
  if (!url.isTls && (tls.ca ?? tls.cert ?? tls.key)) {
    throw new ConfigError("REDIS_TLS_… files are given, and REDIS_URL does not begin with rediss");
  }
  if (!tls.cert !== !tls.key) {
    throw new ConfigError("REDIS_TLS_CERT_FILE and REDIS_TLS_KEY_FILE are of use only together");
  }
  requireUsable(tls);
  return {
    url,
    keyPrefix,
    tls: url.isTls ? tls : null,
    sentinelUsername: redisSentinelUsername,
    sentinelPassword: redisSentinelPassword,
  };
};
