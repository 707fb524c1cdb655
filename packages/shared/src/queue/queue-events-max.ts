/** How many events the queue's stream keeps, about: as many as BullMQ does. */
export const QUEUE_EVENTS_MAX = 10_000;
