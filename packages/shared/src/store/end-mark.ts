/** How a job may be ended from outside, without a worker. */
export type EndCode = "canceled" | "expired";

/** The reason that the mark of a job's end holds, in the form that {@link parseFailedReason} reads. */
export const END_REASONS = {
  canceled: "canceled: the job was canceled",
  expired: "expired: the job could not be started in time",
} as const satisfies Record<EndCode, string>;

/** A part of scripts: how a job was ended from outside, if it was. */
export const END_CODE_LUA = /* lua */ `
local function end_code(end_mark)
  local reason = redis.call('HGET', end_mark, 'failedReason')
  return reason and string.match(reason, '^%a+')
end
`;
