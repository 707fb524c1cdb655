import type { RedisKeys } from "@semblance/shared/redis/keys";
import type { Context } from "hono";
import type { Redis } from "ioredis";
import { RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import { Problem } from "../problems/problem.ts";

export interface RateLimitOptions {
  redis: Redis;
  keys: RedisKeys;
  windowS: number;
  /** Jobs that a tenant may submit in a window; 0 for any number. */
  jobsMax: number;
  /** Other calls of a tenant in a window; 0 for any number. */
  requestsMax: number;
}

interface Policy {
  name: "jobs" | "requests";
  limiter: RateLimiterRedis;
}

const seconds = (ms: number) => Math.max(1, Math.ceil(ms / 1_000));

/** Both fields as of draft-ietf-httpapi-ratelimit-headers-10, section 3 and 4. */
const rateLimitHeaders = ({ name, limiter }: Policy, { remainingPoints, msBeforeNext }: RateLimiterRes) => ({
  "RateLimit-Policy": `"${name}";q=${limiter.points};w=${limiter.duration}`,
  RateLimit: `"${name}";r=${remainingPoints};t=${seconds(msBeforeNext)}`,
});

/** How often a tenant may call; counted in Redis for all API processes together, in windows that begin with the first call. */
export class RateLimits {
  readonly #jobs: Policy | null;
  readonly #requests: Policy | null;

  constructor({ redis, keys, windowS, jobsMax, requestsMax }: RateLimitOptions) {
    const policy = (name: Policy["name"], points: number): Policy | null =>
      points === 0
        ? null
        : {
            name,
            limiter: new RateLimiterRedis({
              storeClient: redis,
              keyPrefix: keys.rateLimit(name),
              points,
              duration: windowS,
            }),
          };
    this.#jobs = policy("jobs", jobsMax);
    this.#requests = policy("requests", requestsMax);
  }

  /**
   * Counts a submission of so many jobs, unless it is one that was accepted before.
   *
   * @param isReplay looked up before it is counted, and once more before it is refused: the first of its kind may be accepted by then
   * @throws {Problem} `too-many-requests`; `invalid-request` for more than could ever be allowed
   */
  async countJobs(
    context: Context,
    tenant: string,
    count: number,
    isReplay: () => Promise<boolean>,
  ): Promise<void> {
    if (!this.#jobs || (await isReplay())) return;
    const { points } = this.#jobs.limiter;
    if (count > points) {
      const detail = `has ${count} jobs, and ${points} are allowed in ${this.#jobs.limiter.duration} s`;
      throw new Problem("invalid-request", { errors: [{ pointer: "/jobs", detail }] });
    }
    const refusal = await this.#count(context, tenant, this.#jobs, count);
    if (refusal && !(await isReplay())) throw refusal;
  }

  /**
   * Counts any other request.
   *
   * @throws {Problem} `too-many-requests`
   */
  async countRequest(context: Context, tenant: string): Promise<void> {
    const refusal = this.#requests && (await this.#count(context, tenant, this.#requests, 1));
    if (refusal) throw refusal;
  }

  async #count(context: Context, tenant: string, policy: Policy, points: number): Promise<Problem | null> {
    try {
      const counted = await policy.limiter.consume(tenant, points);
      for (const [name, value] of Object.entries(rateLimitHeaders(policy, counted)))
        context.header(name, value);
      return null;
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      // What was refused is not used up.
      await policy.limiter.reward(tenant, points);
      const { points: limit, duration } = policy.limiter;
      return new Problem("too-many-requests", {
        detail: `${limit} ${policy.name} are allowed in ${duration} s.`,
        retryAfterS: seconds(error.msBeforeNext),
        headers: rateLimitHeaders(policy, error),
        members: { limit },
      });
    }
  }
}
