/** BullMQ's name for the queue of scoring jobs. */
export const SCORING_QUEUE = "scoring";

/** BullMQ's name for the queue of webhook deliveries. */
export const DELIVERY_QUEUE = "deliveries";

/** The hash tag that keeps every key in one Redis Cluster slot, so that scripts may touch several. */
export const DEFAULT_KEY_PREFIX = "{semblance}";

/**
 * Every Redis key there is, made here and nowhere else.
 *
 * `queue*` keys are BullMQ's own; our scripts read them, and write of them only the data of a job that ends, as BullMQ's
 * `updateData` does, the token of its lock, and events, as its `QueueEventsProducer` does.
 *
 * @param prefix what all keys begin with; holds a hash tag in braces
 */
export const redisKeys = (prefix: string) => {
  const queue = `${prefix}:${SCORING_QUEUE}`;
  const deliveries = `${prefix}:${DELIVERY_QUEUE}`;
  return {
    prefix,

    queueWait: `${queue}:wait`,
    queuePaused: `${queue}:paused`,
    queuePrioritized: `${queue}:prioritized`,
    queueDelayed: `${queue}:delayed`,
    queueActive: `${queue}:active`,
    queueCompleted: `${queue}:completed`,
    queueFailed: `${queue}:failed`,
    /** Stream of BullMQ's events. */
    queueEvents: `${queue}:events`,
    /** Followed by a job's id it is the hash of that BullMQ job. */
    queueJobPrefix: `${queue}:`,
    queueJob: (id: string) => `${queue}:${id}`,
    /** Exists while a worker holds the job. */
    queueLock: (id: string) => `${queue}:${id}:lock`,

    /** Hash: job id → `<when its admission lapses, ms since the epoch>:<its start tag>:<name of its idempotency record, if any>`. */
    reservations: `${prefix}:reserved`,
    /** Hash `:v`, `:last` (virtual times) and `<tenant>:<priority>` → the finish tag of that flow's latest job: see fair-tags.ts. */
    fairTags: `${prefix}:fair-tags`,
    /** String `<job id>:<hash of the body>`: what a tenant's idempotency key stands for; the name is `<tenant>:<hash of the key>`. */
    idempotency: (name: string) => `${prefix}:idempotency:${name}`,
    /** Hash: job id → `<bytes that its record, payload, metadata and result take>:<open or ended>:<tenant>`. */
    ledgerEntries: `${prefix}:ledger:entries`,
    /** Sorted set: job id → when those bytes are gone by themselves, ms since the epoch. */
    ledgerExpiries: `${prefix}:ledger:expiries`,
    /** Counter: the sum of `ledgerEntries`. */
    ledgerTotal: `${prefix}:ledger:total`,
    /** Hash: `jobs:<tenant>` → how many of its jobs have not ended; `bytes:<tenant>` → the sum of its `ledgerEntries`. */
    tenantUse: `${prefix}:tenant-use`,
    /** Sorted set of `<tenant>:<job id>`, all of score 0: every job that is kept, in the order of tenants and ids, which is that of time. */
    jobIndex: `${prefix}:job-index`,
    /** Followed by `:<tenant>` it counts what a tenant did in the window that it lives for. */
    rateLimit: (policy: string) => `${prefix}:rate:${policy}`,
    /** Sorted set: worker process id → when it counts as gone, ms since the epoch. */
    workers: `${prefix}:workers`,
    /** Sorted set: `<threads>:<breaker open 0 or 1>:<worker process id>` → until when that counts, ms since the epoch. */
    workerReports: `${prefix}:worker-reports`,
    /** Hash: what is counted of all there was, by the names of queue-totals.ts. */
    queueTotals: `${prefix}:queue-totals`,
    /** Sorted set: id of a job that no thread has begun, or that is to leave the queue → when, ms since the epoch. */
    startDeadlines: `${prefix}:start-deadlines`,
    /** String: the API process that sweeps for jobs past that moment, for as long as its lease lasts. */
    sweeper: `${prefix}:sweeper`,
    /** String, empty: written so that there is something to wait for, see replica-wait.ts. */
    replicaMark: `${prefix}:replica-mark`,
    /** Channel: ids of jobs that were canceled, for the worker that may be running them. */
    cancels: `${prefix}:cancels`,

    /** Hash `envelope`, `candidates`: what a worker needs to score the job. */
    payload: (id: string) => `${prefix}:payload:${id}`,
    /** String: the client's metadata as JSON. */
    metadata: (id: string) => `${prefix}:metadata:${id}`,
    /** String: the result as JSON, sent to clients as it is. */
    result: (id: string) => `${prefix}:result:${id}`,
    /** String: a large result on its way to its place, by the token of who stores it. */
    resultDraft: (id: string, token: string) => `${prefix}:result-draft:${id}:${token}`,
    /** Sorted set: version of a tenant's signing secret → until when it signs, ms since the epoch; the current one `+inf`. */
    secretVersions: (tenant: string) => `${prefix}:webhook-secrets:${tenant}`,

    deliveriesWait: `${deliveries}:wait`,
    deliveriesDelayed: `${deliveries}:delayed`,
    deliveriesActive: `${deliveries}:active`,
    /** Hash of the BullMQ job that a job's end releases. */
    deliveryJob: (id: string) => `${deliveries}:${id}`,
    /** Hash: a webhook that is being delivered or was, with its body; see keep-delivery.ts. */
    delivery: (id: string) => `${prefix}:delivery:${id}`,
    /** List: its attempts as JSON, the newest last. */
    deliveryAttempts: (id: string) => `${prefix}:delivery-attempts:${id}`,
    /** Sorted set: deliveries of a tenant whose latest attempt failed → when what they tell of happened, ms since the epoch. */
    undelivered: (tenant: string) => `${prefix}:undelivered:${tenant}`,
    /** Sorted set: `<tenant>:<delivery>:<restart>` of what is just being sent to a host → when that must be over, ms since the epoch. */
    sending: (host: string) => `${prefix}:sending:${host}`,
    /** String: a tenant that found no place at a host while others had all of them. */
    wantedBy: (host: string) => `${prefix}:wanted-by:${host}`,
    /** Hash: how a tenant's webhooks to a host fare. */
    receiver: (tenant: string, host: string) => `${prefix}:receiver:${tenant}:${host}`,

    /** Hash: the mark that a job was ended from outside, canceled or expired, with what is needed to show it ever after. */
    endMark: (id: string) => `${prefix}:end-mark:${id}`,
  };
};

export type RedisKeys = ReturnType<typeof redisKeys>;
