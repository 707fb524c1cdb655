import type { RedisKeys } from "@semblance/shared/redis/keys";

/**
 * The queue's depth: jobs that wait, in whichever of BullMQ's keys, and admissions whose job is still to be added.
 *
 * A part of scripts that have {@link depthKeys} as their keys 6 to 10.
 */
export const DEPTH_LUA = /* lua */ `
-- Tells reservations apart: the job was added (it counts where it waits), it is still to come, or it never came.
local function read_reservations(job_prefix, now)
  local added, live, lapsed = {}, {}, {}
  local reservations = redis.call('HGETALL', KEYS[6])
  for i = 1, #reservations, 2 do
    local id = reservations[i]
    local expires_at, tag, idempotency = string.match(reservations[i + 1], '^(%d+):(%d+):(.*)$')
    local reservation = { id = id, expires_at = tonumber(expires_at), tag = tonumber(tag), idempotency = idempotency }
    reservation.priority = tonumber(redis.call('HGET', job_prefix .. id, 'priority'))
    local kind = reservation.priority and added or reservation.expires_at > now and live or lapsed
    kind[#kind + 1] = reservation
  end
  return added, live, lapsed
end

local function waiting_jobs()
  return redis.call('LLEN', KEYS[7]) + redis.call('LLEN', KEYS[8])
    + redis.call('ZCARD', KEYS[9]) + redis.call('ZCARD', KEYS[10])
end
`;

export const depthKeys = (keys: RedisKeys): string[] => [
  keys.reservations,
  keys.queueWait,
  keys.queuePaused,
  keys.queuePrioritized,
  keys.queueDelayed,
];
