import { type Command, Redis, type RedisOptions } from "ioredis";
import { connectorToMaster } from "./master-connector.ts";
import { askCluster, askSentinel } from "./master-guides.ts";
import type { RedisSettings } from "./redis-settings.ts";
import { connectorToServer } from "./server-connector.ts";

/** A request to the API waits for Redis no longer than this, so that its answer is there well within a second. */
const COMMAND_TIMEOUT_MS = 700;
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * A connection on which nothing comes for so long after something was asked is dead: a machine that is gone says no goodbye. BullMQ's
 * blocking reads take up to 10 s.
 */
const SILENCE_LIMIT_MS = { failFast: 5_000, patient: 15_000 };

/** Redis may be away for long: try often enough that its return is noticed at once. */
const retryStrategy = (times: number) => Math.min(50 * times, 500);

/**
 * Replies of a server that is not, or not at the moment, the master of our keys, and has done nothing. Redis 6 quotes what a script was
 * told.
 */
const NOT_THE_MASTER = /^(READONLY|MOVED|ASK|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|UNBLOCKED)\b|-READONLY /;

/** ioredis' words for what becomes of such a command: it fails, or is sent again once there is another connection. */
const RECONNECT = { andFail: 1, andSendAgain: 2 } as const;

type ErrorListener = (error: Error) => void;

type ConnectOptions = Omit<RedisOptions, "replyMapping">;

/**
 * Gives commands up that Redis does not answer in time. ioredis' own `commandTimeout` gives up as well what Redis has answered while
 * this process stood still: timers run before sockets are read, and immediates after.
 */
class ImpatientRedis extends Redis {
  override sendCommand(command: Command, stream?: Parameters<Redis["sendCommand"]>[1]): unknown {
    const giveUp = () => {
      if (!command.isSettled) command.reject(new Error("Command timed out"));
    };
    const timer = setTimeout(() => setImmediate(giveUp), COMMAND_TIMEOUT_MS);
    const stop = () => clearTimeout(timer);
    command.promise.then(stop, stop);
    return super.sendCommand(command, stream);
  }
}

/** Where to connect to, and as whom. */
const toConnectOptions = (settings: RedisSettings): ConnectOptions => {
  const { url, keyPrefix, sentinelUsername, sentinelPassword } = settings;
  const { username, password, database: db } = url;
  const tls = settings.tls ?? undefined;
  const access = { username, password, tls };
  switch (url.kind) {
    case "single":
      return { ...access, db, Connector: connectorToServer(url.server) };
    case "sentinel": {
      const sentinelAccess = { username: sentinelUsername, password: sentinelPassword, tls };
      const ask = askSentinel(url.masterName);
      return {
        ...access,
        db,
        Connector: connectorToMaster({ servers: url.sentinels, access: sentinelAccess, ask }),
      };
    }
    case "cluster": {
      const ask = askCluster(keyPrefix);
      return { ...access, Connector: connectorToMaster({ servers: url.nodes, access, ask }) };
    }
  }
};

const connect = (
  settings: RedisSettings,
  onError: ErrorListener,
  refused: (typeof RECONNECT)[keyof typeof RECONNECT],
  options: ConnectOptions,
  Client: typeof Redis = Redis,
): Redis => {
  const redis = new Client({
    ...toConnectOptions(settings),
    ...options,
    connectTimeout: CONNECT_TIMEOUT_MS,
    disableClientInfo: true,
    retryStrategy,
    reconnectOnError: (error: Error) => {
      if (!NOT_THE_MASTER.test(error.message)) return false;
      onError(error);
      return refused;
    },
  });
  redis.on("error", onError);
  return redis;
};

/**
 * A connection for request handlers: a command fails at once while Redis is away, and after 700 ms when it hangs.
 *
 * @param onError told of connection errors
 * @param sendsAgain whether what a lost connection left unanswered is sent again, if there is another one soon; else it fails
 */
export const connectFailFast = (
  settings: RedisSettings,
  onError: ErrorListener,
  { sendsAgain = true } = {},
): Redis =>
  connect(
    settings,
    onError,
    RECONNECT.andFail,
    {
      enableOfflineQueue: false,
      maxRetriesPerRequest: sendsAgain ? 1 : 0,
      socketTimeout: SILENCE_LIMIT_MS.failFast,
    },
    ImpatientRedis,
  );

const PATIENT = { maxRetriesPerRequest: null, socketTimeout: SILENCE_LIMIT_MS.patient };

/**
 * A connection for consumers, as BullMQ requires it: a command waits until Redis is back. Whoever uses it bounds the wait.
 *
 * @param onError told of connection errors
 */
export const connectPatient = (settings: RedisSettings, onError: ErrorListener): Redis =>
  connect(settings, onError, RECONNECT.andSendAgain, PATIENT);

/**
 * What BullMQ models a patient connection after where it insists on one of its own: it connects to nothing itself.
 *
 * @param onError told of connection errors
 */
export const patientModel = (settings: RedisSettings, onError: ErrorListener): Redis =>
  connect(settings, onError, RECONNECT.andSendAgain, { ...PATIENT, lazyConnect: true });

/** Resolves when the connection is there, or when the limit is over: then Redis is away, and its users will notice. */
export const waitUntilConnected = (redis: Redis, limitMs: number): Promise<void> => {
  if (redis.status === "ready") return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, limitMs);
  redis.once("ready", resolve);
  return promise.finally(() => {
    clearTimeout(timer);
    redis.off("ready", resolve);
  });
};
