import { defineScript } from "@semblance/shared/redis/define-script";
import type { RedisKeys } from "@semblance/shared/redis/keys";
import { LEDGER_LUA, ledgerKeys } from "@semblance/shared/store/ledger";
import type { Redis } from "ioredis";

const drop = defineScript<void>(/* lua */ `${LEDGER_LUA}ledger_drop(ARGV[1])`, () => undefined);

/** Gives back what was set aside for a delivery that is not to be: nobody wants to hear of how its job ended. */
export const dropDelivery = (redis: Redis, keys: RedisKeys, id: string): Promise<void> =>
  drop(redis, ledgerKeys(keys), [id]);
