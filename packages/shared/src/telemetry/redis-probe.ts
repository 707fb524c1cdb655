import type { Redis } from "ioredis";
import { Gauge, Histogram, type Registry } from "prom-client";

const INTERVAL_MS = 1_000;
/** As long as a request would wait for it. */
const LIMIT_MS = 700;
const BUCKETS_S = [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

/** A patient connection keeps a command until Redis is back, and a caller that long. */
const ping = async (redis: Redis): Promise<void> => {
  if (redis.status !== "ready") throw new Error("there is no connection");
  const { promise: late, reject } = Promise.withResolvers<never>();
  // An answer that has come while this process stood still is read before an immediate, and after a timer.
  const giveUp = () => setImmediate(reject, new Error("the ping was not answered in time"));
  const timer = setTimeout(giveUp, LIMIT_MS);
  await Promise.race([redis.ping(), late]).finally(() => clearTimeout(timer));
};

/**
 * Asks Redis for a sign of life each second, on the connection that the service uses, and tells how long it took: what waits behind other
 * commands there, or in this process, is seen with it.
 *
 * @returns stops it
 */
export const probeRedis = (redis: Redis, registry: Registry): (() => void) => {
  const isUp = new Gauge({
    name: "semblance_redis_up",
    help: "Whether Redis answered the latest ping, one a second, within 700 ms.",
    registers: [registry],
  });
  const duration = new Histogram({
    name: "semblance_redis_ping_duration_seconds",
    help: "How long Redis took for a ping, one a second, as the process saw it; of those that were answered.",
    buckets: BUCKETS_S,
    registers: [registry],
  });
  const probe = async () => {
    const startedAtMs = performance.now();
    try {
      await ping(redis);
      duration.observe((performance.now() - startedAtMs) / 1_000);
      isUp.set(1);
    } catch {
      isUp.set(0);
    }
  };
  void probe();
  const timer = setInterval(probe, INTERVAL_MS);
  return () => clearInterval(timer);
};
