import type { Priority } from "@semblance/shared/job/submission";

/** How much of its tenant's turns a priority gets, beside the other two. */
export const PRIORITY_WEIGHTS: Record<Priority, number> = { high: 4, normal: 2, low: 1 };

/** What a job costs a tenant that uses one priority only; with it the costs of any mixture are whole numbers. */
const COST = 4;

/** What the lowest priority costs beside all others. */
const COST_MAX =
  (COST * Object.values(PRIORITY_WEIGHTS).reduce((sum, weight) => sum + weight)) /
  Math.min(...Object.values(PRIORITY_WEIGHTS));

/** BullMQ takes no larger priority. */
const PRIORITY_MAX = 2_097_151;

/** At half of that everything is moved back to the beginning. */
const REBASE_AT = 2 ** 20;

/** For how long a reservation counts among what waits. */
const RESERVATION_NEW_MS = 1_000;

/** Scores and ids that are written at once; Lua can unpack some thousands. */
const MOVED_AT_ONCE = 1_000;

/** BullMQ's score of a waiting job is its priority times this, and a counter that tells who came first. */
const PRIORITY_STEP = 2 ** 32;

/**
 * Start-time fair queueing (Goyal, Vin and Cheng, "Start-time Fair Queuing", SIGCOMM 1996, section 2) with BullMQ's priority, less one, as
 * the start tag. A flow is one priority of one tenant. Virtual time is the start tag at the head of what waits; when nothing does, the
 * latest finish tag. What a job costs its flow is such that a tenant's flows together get what a tenant with one flow gets.
 *
 * A part of scripts that begin with the ledger's and the depth's, and have the fair tags and BullMQ's active list as their keys 11 and 12.
 */
export const FAIR_TAGS_LUA = /* lua */ `
local tags_key, active_key, prioritized_key, delayed_key = KEYS[11], KEYS[12], KEYS[9], KEYS[10]
local weights = { ${Object.entries(PRIORITY_WEIGHTS)
  .map(([priority, weight]) => `${priority} = ${weight}`)
  .join(", ")} }
local priorities = { ${Object.keys(PRIORITY_WEIGHTS)
  .map((priority) => `'${priority}'`)
  .join(", ")} }

-- The virtual time by which those are admitted that come now.
local function virtual_time(live, now, reservation_ms)
  local head = redis.call('ZRANGE', prioritized_key, 0, 0, 'WITHSCORES')[2]
  local earliest = head and math.floor(tonumber(head) / ${PRIORITY_STEP}) - 1
  for _, reservation in ipairs(live) do
    -- One that is not added soon may be of an API that died: time does not wait for it.
    local is_new = reservation.expires_at > now + reservation_ms - ${RESERVATION_NEW_MS}
    if is_new then earliest = math.min(earliest or reservation.tag, reservation.tag) end
  end
  local is_idle = not earliest and redis.call('LLEN', KEYS[7]) == 0
  local latest = tonumber(redis.call('HGET', tags_key, is_idle and ':last' or ':v') or '0')
  -- A job that was put back may have an earlier tag than those that have been served since.
  return math.max(latest, earliest or 0)
end

-- Gives a tenant's next job its start tag, and charges its flow. Of a tenant without open jobs nothing is still to be served.
local function take_tag(now_v, tenant, priority, open_jobs)
  local sum, start = weights[priority], now_v
  local finishes = redis.call('HMGET', tags_key, ':last', ${Object.keys(PRIORITY_WEIGHTS)
    .map((priority) => `tenant .. ':${priority}'`)
    .join(", ")})
  local last = tonumber(finishes[1] or '0')
  for i, other in ipairs(priorities) do
    local finish = open_jobs == 0 and 0 or tonumber(finishes[i + 1] or '0')
    if other == priority then start = math.max(start, finish)
    elseif finish > now_v then sum = sum + weights[other] end
  end
  -- What was canceled is no longer to be served: no flow is further ahead than all of its tenant's open jobs, at their dearest.
  start = math.min(start, now_v + open_jobs * ${COST_MAX}, ${PRIORITY_MAX - 1})
  if open_jobs == 0 then
    for _, other in ipairs(priorities) do redis.call('HDEL', tags_key, tenant .. ':' .. other) end
  end
  local finish = start + sum * ${COST} / weights[priority]
  redis.call('HSET', tags_key, ':v', now_v, ':last', math.max(last, finish), tenant .. ':' .. priority, finish)
  return start
end

-- Those that were on their way into the queue when tags were moved back came with their old ones.
local function correct_priorities(job_prefix, added)
  for _, job in ipairs(added) do
    local priority = job.tag + 1
    if job.priority ~= priority then
      redis.call('HSET', job_prefix .. job.id, 'priority', priority)
      local by = string.format('%.0f', (priority - job.priority) * ${PRIORITY_STEP})
      if redis.call('ZSCORE', prioritized_key, job.id) then redis.call('ZINCRBY', prioritized_key, by, job.id) end
    end
  end
end

-- Moves all tags back by the virtual time, those of jobs too that are run and may come back.
local function rebase(job_prefix, live, v)
  local waiting = redis.call('ZRANGE', prioritized_key, 0, -1, 'WITHSCORES')
  local moved = {}
  for i = 1, #waiting, 2 do
    local score = tonumber(waiting[i + 1])
    local priority = math.floor(score / ${PRIORITY_STEP})
    local to = math.max(1, priority - v)
    redis.call('HSET', job_prefix .. waiting[i], 'priority', to)
    moved[#moved + 1] = string.format('%.0f', score - (priority - to) * ${PRIORITY_STEP})
    moved[#moved + 1] = waiting[i]
    if #moved == ${MOVED_AT_ONCE} or i + 2 > #waiting then
      redis.call('ZADD', prioritized_key, unpack(moved))
      moved = {}
    end
  end
  local function move(ids)
    for _, id in ipairs(ids) do
      local priority = tonumber(redis.call('HGET', job_prefix .. id, 'priority'))
      if priority then redis.call('HSET', job_prefix .. id, 'priority', math.max(1, priority - v)) end
    end
  end
  move(redis.call('ZRANGE', delayed_key, 0, -1))
  move(redis.call('LRANGE', active_key, 0, -1))
  move(redis.call('LRANGE', KEYS[7], 0, -1))
  for _, reservation in ipairs(live) do
    reservation.tag = math.max(0, reservation.tag - v)
    redis.call('HSET', KEYS[6], reservation.id, string.format('%.0f', reservation.expires_at) .. ':' .. reservation.tag .. ':' .. reservation.idempotency)
  end
  local flows = redis.call('HGETALL', tags_key)
  redis.call('DEL', tags_key)
  for i = 1, #flows, 2 do
    local left = tonumber(flows[i + 1]) - v
    if left > 0 then redis.call('HSET', tags_key, flows[i], left) end
  end
end

local function rebase_if_due(job_prefix, live, now, reservation_ms)
  local v = virtual_time(live, now, reservation_ms)
  if v < ${REBASE_AT} then return v end
  rebase(job_prefix, live, v)
  return 0
end
`;

/** BullMQ's priority of a job with this start tag; 0 would be none at all. */
export const priorityOf = (startTag: number): number => startTag + 1;
