import { defineScript } from "@semblance/shared/redis/define-script";
import type { RedisKeys } from "@semblance/shared/redis/keys";
import { LEDGER_LUA, ledgerKeys } from "@semblance/shared/store/ledger";
import type { Redis } from "ioredis";

const ROUNDS_MAX = 20;

const sweep = defineScript<void>(
  /* lua */ `${LEDGER_LUA}
local now, rounds = now_ms(), ${ROUNDS_MAX}
while rounds > 0 and ledger_sweep(now) > 0 do rounds = rounds - 1 end
`,
  () => undefined,
);

/** Takes what has expired by itself off the ledger of stored bytes, a few thousand entries at the most. */
export const sweepLedger = (redis: Redis, keys: RedisKeys): Promise<void> =>
  sweep(redis, ledgerKeys(keys), []);
