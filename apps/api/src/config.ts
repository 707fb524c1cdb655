import { type Config, ConfigError, loadConfig } from "@semblance/shared/config/load-config";
import { redisVariables } from "@semblance/shared/config/redis-variables";
import { tracingVariables } from "@semblance/shared/config/tracing-variables";
import { commonVariables, integer, origins, text, type Variable } from "@semblance/shared/config/variables";
import { webhookVariables } from "@semblance/shared/config/webhook-variables";
import { z } from "zod";
import { ADMIN_USER } from "./operations/admin-credentials.ts";
import { type ApiKey, type ApiKeysError, isTenant, parseApiKeys } from "./tenants/api-key.ts";

const MIB = 2 ** 20;
const ANY_NUMBER = Number.MAX_SAFE_INTEGER;
const HOUR_MS = 3_600_000;
/** Each is a label's value: a series for each counter, and for each reason of a refusal. */
const METRICS_TENANTS_MAX = 100;
/** What a script hashes whose variable for the password is not set. */
const SHA256_OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

export const apiVariables = {
  ...redisVariables,
  ...commonVariables,
  HOST: text("127.0.0.1", "The address the API listens on; without API keys it must be a loopback one."),
  PORT: integer(8080, { min: 0, max: 65_535 }, "The port the API listens on; 0 takes a free one."),
  CORS_ORIGINS: origins(
    "The origins whose pages may call the API from a browser, separated by commas, or `*` for any; none unless given.",
  ),
  API_KEYS: {
    schema: z.string().transform((value, context): ApiKey[] => {
      try {
        return parseApiKeys(value);
      } catch (error) {
        context.addIssue({ code: "custom", message: `is wrong: ${(error as ApiKeysError).message}` });
        return z.NEVER;
      }
    }),
    default: "",
    meaning:
      "The API keys that are accepted, as `tenant:sha256-of-key` with commas in between; `npm run keys -- create <tenant>` makes one.",
  },
  API_KEYS_FILE: text(
    "",
    "A file with API keys, one a line in the same form; read again when it changes. Without any the API serves the tenant `default`, on loopback only.",
  ),
  ADMIN_USER: {
    schema: z
      .string()
      .refine(
        (user) => user === "" || ADMIN_USER.test(user),
        "holds a colon, a control character or more than 64 characters",
      ),
    default: "",
    meaning:
      "Who may look at Bull Board; set together with the next. `npm run keys -- admin <user>` makes both. Without them it is served only where no API key is needed, on loopback.",
  },
  ADMIN_PASSWORD_SHA256: {
    schema: z
      .string()
      .regex(
        /^([0-9a-f]{64})?$/i,
        "is not the 64 hexadecimal digits of a SHA-256; npm run keys -- admin <user> makes one",
      )
      .refine((sha256) => sha256.toLowerCase() !== SHA256_OF_NOTHING, "is the SHA-256 of an empty password")
      .transform((sha256) => (sha256 === "" ? null : Buffer.from(sha256, "hex"))),
    default: "",
    meaning:
      "SHA-256 of that user's password, which must be a random one: one that somebody thought of is quickly guessed from so fast a hash.",
  },
  TENANT_SHARE_MAX: integer(
    80,
    { min: 1, max: 100 },
    "How much of queue and store one tenant may fill when several have keys, in percent; beyond it the tenant gets `429`.",
  ),
  TENANT_JOBS_MAX: {
    ...integer(
      ANY_NUMBER,
      { min: 1, max: ANY_NUMBER },
      "How many of a tenant's jobs may be open, waiting or running, at once.",
    ),
    defaultMeaning: "any number",
  },
  TENANT_BYTES_MAX: {
    ...integer(
      ANY_NUMBER,
      { min: 1, max: ANY_NUMBER },
      "How many bytes of the store a tenant's jobs and their results may take.",
    ),
    defaultMeaning: "any number",
  },
  RATE_LIMIT_WINDOW_S: integer(60, { min: 1, max: 86_400 }, "What rate limits are counted over."),
  RATE_LIMIT_JOBS: integer(
    0,
    { min: 0, max: 1_000_000_000 },
    "How many jobs a tenant may submit in that time; beyond it submissions get `429`. 0 for any number.",
  ),
  RATE_LIMIT_REQUESTS: integer(
    0,
    { min: 0, max: 1_000_000_000 },
    "How many other calls a tenant may make in that time; 0 for any number.",
  ),
  METRICS_TENANTS: {
    schema: z
      .string()
      .transform((value) => (value === "" ? [] : value.split(",").map((tenant) => tenant.trim())))
      .refine(
        (list) => list.every(isTenant) && list.length <= METRICS_TENANTS_MAX,
        `is no list of up to ${METRICS_TENANTS_MAX} tenants with commas in between`,
      ),
    default: "",
    meaning:
      "The tenants whose jobs are counted by name in `/metrics`, separated by commas; all others together.",
  },
  QUEUE_DEPTH_MAX: integer(
    1_000,
    { min: 1, max: 1_000_000 },
    "How many jobs may wait; beyond it submissions get `503`.",
  ),
  STORE_BYTES_MAX: integer(
    1_024 * MIB,
    { min: 1, max: Number.MAX_SAFE_INTEGER },
    "How many bytes jobs may take in Redis, their texts and results and 2.25 KiB for each job's record; beyond it submissions get `503`.",
  ),
  REDIS_WAIT_REPLICAS: integer(
    0,
    { min: 0, max: 100 },
    "How many replicas must have a job before it is answered with `202`, so that a failover does not lose it; as long as fewer have it, submissions get `503`.",
  ),
  REDIS_WAIT_MS: integer(250, { min: 10, max: 600 }, "How long a submission waits for them."),
  REQUEST_TIMEOUT_MS: integer(
    60_000,
    { min: 100, max: HOUR_MS },
    "How long a client may take to send a request, 15 s of it for its headers; beyond it the client gets `408`.",
  ),
  SEND_TIMEOUT_MS: integer(
    60_000,
    { min: 1_000, max: HOUR_MS },
    "How long a client may take nothing of an answer that is being sent; beyond it its connection is cut off. It may wait for an answer for longer.",
  ),
  CONNECTIONS_MAX: integer(
    10_000,
    { min: 1, max: 1_000_000 },
    "How many connections may be open; those beyond it are dropped.",
  ),
  BODY_BYTES_MAX: integer(16 * MIB, { min: 1, max: 512 * MIB }, "Bytes of a request body."),
  ENVELOPE_BYTES_MAX: integer(
    MIB,
    { min: 1, max: 64 * MIB },
    "Bytes of everything in a submission but its candidates.",
  ),
  CANDIDATES_MAX: integer(100_000, { min: 1, max: 10_000_000 }, "Candidates of a job."),
  QUERY_CHARS_MAX: integer(
    65_536,
    { min: 1, max: 10_000_000 },
    "Characters (Unicode code points) of a query.",
  ),
  CANDIDATE_CHARS_MAX: integer(65_536, { min: 1, max: 10_000_000 }, "Characters of a candidate's text."),
  ID_CHARS_MAX: integer(256, { min: 1, max: 65_536 }, "Characters of a candidate's id."),
  JOB_CELLS_MAX: integer(
    150_000_000_000,
    { min: 1, max: Number.MAX_SAFE_INTEGER },
    "The work of a job: characters of the query times those of all candidates, and times what a cell costs by its metric; beyond it a submission gets `422`.",
  ),
  METADATA_PAIRS_MAX: integer(16, { min: 0, max: 1_000 }, "Pairs in a job's metadata."),
  METADATA_VALUE_CHARS_MAX: integer(
    512,
    { min: 1, max: 65_536 },
    "Characters of a key or a value in a job's metadata.",
  ),
  EXPIRES_IN_MS_DEFAULT: integer(
    HOUR_MS,
    { min: 1_000, max: 30 * 24 * HOUR_MS },
    "How long a job may wait for its start unless it says so itself.",
  ),
  EXPIRES_IN_MS_MAX: integer(
    24 * HOUR_MS,
    { min: 1_000, max: 30 * 24 * HOUR_MS },
    "How long a job may ask to wait for its start.",
  ),
  PREFER_WAIT_MAX_S: integer(
    60,
    { min: 0, max: 3_600 },
    "How long a client may wait for a job's end, by `Prefer: wait` or for its documents to be ranked; the proxies in between must wait for longer.",
  ),
  SHUTDOWN_DELAY_MS: integer(
    0,
    { min: 0, max: HOUR_MS },
    "How long the API goes on as before when it is told to shut down, but that `/readyz` refuses and each answer ends its connection: time for a load balancer to notice.",
  ),
  DRAIN_LIMIT_MS: integer(
    5_000,
    { min: 0, max: HOUR_MS },
    "How long requests under way may take to end when the API shuts down.",
  ),
  ...webhookVariables,
  ...tracingVariables,
} satisfies Record<string, Variable<unknown>>;

export type ApiConfig = Config<typeof apiVariables>;

/** @throws {ConfigError} that names every wrong variable */
export const loadApiConfig = (env: Record<string, string | undefined>): ApiConfig => {
  const config = loadConfig(apiVariables, env);
  const hasUser = config.adminUser !== "";
  const hasPassword = config.adminPasswordSha256 !== null;
  if (hasUser !== hasPassword) {
    const [given, missing] = hasUser
      ? ["ADMIN_USER", "ADMIN_PASSWORD_SHA256"]
      : ["ADMIN_PASSWORD_SHA256", "ADMIN_USER"];
    throw new ConfigError(`${given} is set without ${missing}; Bull Board needs both, or neither`);
  }
  return config;
};
