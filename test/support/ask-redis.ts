import { Redis } from "ioredis";

/** Asks the server at a loopback port something, on a connection for that alone. */
export const askRedis = async <Answer>(
  port: number,
  question: (redis: Redis) => Promise<Answer>,
): Promise<Answer> => {
  const redis = new Redis({ host: "127.0.0.1", port, retryStrategy: null, lazyConnect: true });
  redis.on("error", () => undefined);
  try {
    await redis.connect();
    return await question(redis);
  } finally {
    redis.disconnect();
  }
};
