import { randomUUID } from "node:crypto";
import { defineScript } from "@semblance/shared/redis/define-script";
import type { RedisKeys } from "@semblance/shared/redis/keys";
import type { Redis } from "ioredis";
import type { QueueTally } from "./queue-tally.ts";

const BEAT_MS = 5_000;
const LIFETIME_MS = 15_000;

const beat = defineScript<void>(
  /* lua */ `
local workers, reports, totals = KEYS[1], KEYS[2], KEYS[3]
local id, threads, state, lifetime_ms = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local taking, broken = threads .. ':0:' .. id, threads .. ':1:' .. id
redis.call('ZREMRANGEBYSCORE', workers, '-inf', now)
redis.call('ZREMRANGEBYSCORE', reports, '-inf', now)
redis.call('ZREM', workers, id)
redis.call('ZREM', reports, taking, broken)
if state == 'taking' then
  redis.call('ZADD', workers, now + lifetime_ms, id)
  redis.call('ZADD', reports, now + lifetime_ms, taking)
elseif state == 'broken' then redis.call('ZADD', reports, now + lifetime_ms, broken) end
for i = 5, #ARGV, 2 do redis.call('HINCRBY', totals, ARGV[i], ARGV[i + 1]) end
`,
  () => undefined,
);

/** `broken`: it takes no jobs since it cannot start threads, and will again when it can; `away`: it takes none any more. */
export type WorkerState = "taking" | "broken" | "away";

export interface HeartbeatOptions {
  redis: Redis;
  keys: RedisKeys;
  /** How many jobs may run at once. */
  threads: number;
  readState: () => WorkerState;
  /** Goes to Redis with each beat, so that nothing that it counts costs a command. */
  tally: QueueTally;
  onError: (error: Error) => void;
}

/** Says in Redis, every few seconds and when asked to, that this process takes jobs or why it does not, and what it counted. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #id = randomUUID();
  readonly #timer: NodeJS.Timeout;
  #latest: Promise<void>;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.beat(), BEAT_MS);
    this.#latest = this.#say(options.readState());
  }

  beat(): void {
    this.#latest = this.#say(this.#options.readState());
  }

  /** From then on this process is away. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#latest;
    await this.#say("away");
  }

  async #say(state: WorkerState): Promise<void> {
    const { redis, keys, threads, tally, onError } = this.#options;
    const say = (counts: (string | number)[]) =>
      beat(
        redis,
        [keys.workers, keys.workerReports, keys.queueTotals],
        [this.#id, threads, state, LIFETIME_MS, ...counts],
      );
    await tally.handOver(say).catch(onError);
  }
}
