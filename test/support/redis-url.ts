import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    redisUrl: string;
  }
}

/** The URL of the Redis that all tests of this run share. */
export const redisUrl = (): string => inject("redisUrl");
