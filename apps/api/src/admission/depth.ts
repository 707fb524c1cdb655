import type { RedisKeys } from "@semblance/shared/redis/keys";

/**
 * The queue's depth: jobs that wait, in whichever of BullMQ's keys, and admissions whose job is still to be added.
 *
 * A part of scripts that have {@link depthKeys} as their keys 4 to 8.
 */
export const DEPTH_LUA = /* lua */ `
-- Tells reservations apart: the job was added (it counts where it waits), it is still to come, or it never came.
local function read_reservations(job_prefix, now)
  local added, live, lapsed = {}, {}, {}
  local reservations = redis.call('ZRANGE', KEYS[4], 0, -1, 'WITHSCORES')
  for i = 1, #reservations, 2 do
    local id, expires_at = reservations[i], tonumber(reservations[i + 1])
    if redis.call('EXISTS', job_prefix .. id) == 1 then added[#added + 1] = id
    elseif expires_at > now then live[#live + 1] = id
    else lapsed[#lapsed + 1] = id end
  end
  return added, live, lapsed
end

local function waiting_jobs()
  return redis.call('LLEN', KEYS[5]) + redis.call('LLEN', KEYS[6])
    + redis.call('ZCARD', KEYS[7]) + redis.call('ZCARD', KEYS[8])
end
`;

export const depthKeys = (keys: RedisKeys): string[] => [
  keys.reservations,
  keys.queueWait,
  keys.queuePaused,
  keys.queuePrioritized,
  keys.queueDelayed,
];
