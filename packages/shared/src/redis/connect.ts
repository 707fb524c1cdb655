import { type Command, Redis, type RedisOptions } from "ioredis";

/** A request to the API waits for Redis no longer than this, so that its answer is there well within a second. */
const COMMAND_TIMEOUT_MS = 700;
const CONNECT_TIMEOUT_MS = 5_000;

/** Redis may be away for long: try often enough that its return is noticed at once. */
const retryStrategy = (times: number) => Math.min(50 * times, 500);

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

const connect = (
  url: string,
  onError: ErrorListener,
  options: ConnectOptions,
  Client: typeof Redis = Redis,
): Redis => {
  const redis = new Client(url, { ...options, connectTimeout: CONNECT_TIMEOUT_MS, retryStrategy });
  // The same trouble is told once, however often the connection is tried again.
  let told: string | undefined;
  redis.on("ready", () => {
    told = undefined;
  });
  redis.on("error", (error: Error) => {
    if (error.message === told) return;
    told = error.message;
    onError(error);
  });
  return redis;
};

/**
 * A connection for request handlers: a command fails at once while Redis is away, and after 700 ms when it hangs.
 *
 * @param onError told of connection errors
 */
export const connectFailFast = (url: string, onError: ErrorListener): Redis =>
  connect(url, onError, { enableOfflineQueue: false, maxRetriesPerRequest: 1 }, ImpatientRedis);

/**
 * A connection for consumers, as BullMQ requires it: a command waits until Redis is back. Whoever uses it bounds the wait.
 *
 * @param onError told of connection errors
 */
export const connectPatient = (url: string, onError: ErrorListener): Redis =>
  connect(url, onError, { maxRetriesPerRequest: null });

/**
 * What BullMQ models a patient connection after where it insists on one of its own: it connects to nothing itself.
 *
 * @param onError told of connection errors
 */
export const patientModel = (url: string, onError: ErrorListener): Redis =>
  connect(url, onError, { maxRetriesPerRequest: null, lazyConnect: true });

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
