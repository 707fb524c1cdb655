import { expect, test } from "vitest";
import { ConfigError, loadConfig } from "../src/config/load-config.ts";
import { redisVariables } from "../src/config/redis-variables.ts";
import { parseRedisUrl } from "../src/redis/redis-url.ts";

const NOBODY = { username: undefined, password: undefined, database: 0 };

test("one server is named with all that may be left out, or without it", () => {
  expect(parseRedisUrl("redis://localhost")).toEqual({
    ...NOBODY,
    kind: "single",
    isTls: false,
    server: { host: "localhost", port: 6379 },
  });
  expect(parseRedisUrl("rediss://app:p%40ss@[::1]:7000/3")).toEqual({
    kind: "single",
    isTls: true,
    username: "app",
    password: "p@ss",
    database: 3,
    server: { host: "::1", port: 7000 },
  });
  expect(parseRedisUrl("redis://:pa:s@s/@redis.example/")).toMatchObject({
    username: undefined,
    password: "pa:s@s/",
    server: { host: "redis.example", port: 6379 },
  });
});

test("Sentinels are named with the master that they watch", () => {
  expect(parseRedisUrl("rediss+sentinel://app:secret@a,b:7001,[::2]:7002/main/1")).toEqual({
    kind: "sentinel",
    isTls: true,
    username: "app",
    password: "secret",
    database: 1,
    masterName: "main",
    sentinels: [
      { host: "a", port: 26379 },
      { host: "b", port: 7001 },
      { host: "::2", port: 7002 },
    ],
  });
});

test("nodes of a Cluster are named, as many as may be asked", () => {
  expect(parseRedisUrl("redis+cluster://a:7001,b")).toEqual({
    ...NOBODY,
    kind: "cluster",
    isTls: false,
    nodes: [
      { host: "a", port: 7001 },
      { host: "b", port: 6379 },
    ],
  });
});

test.each([
  ["http://host", "is no URL that begins with redis:// or rediss://, redis+sentinel:// or redis+cluster://"],
  ["redis:host", "is no URL that begins with redis:// or rediss://, redis+sentinel:// or redis+cluster://"],
  ["redis://", "names a server that is neither host nor host:port"],
  ["redis://user:secret@", "names a server that is neither host nor host:port"],
  ["redis://a b", "names a server that is neither host nor host:port"],
  ["redis://host:0", "names a port that there is not"],
  ["redis://host:70000", "names a port that there is not"],
  ["redis://host:6379:6379", "names a server that is neither host nor host:port"],
  ["redis://secret@host", "names a user without a password"],
  ["redis://:sec%ret@host", "has a % in its user or password that encodes nothing; % itself is %25"],
  ["redis://host/secret", "names a database that is no number"],
  ["redis://host/1/2", "has too many parts in its path"],
  ["redis://host?secret", "has a ? or # after its servers, where nothing is read"],
  ["redis://host/0#secret", "has a ? or # after its servers, where nothing is read"],
  ["redis://a,b", "names several servers: it is redis+sentinel:// or redis+cluster:// that has them"],
  ["redis+sentinel://a,b", "names no master, as /mymaster at its end would"],
  ["redis+sentinel://a,/main", "names a server that is neither host nor host:port"],
  ["redis+cluster://a/1", "names a database, and a Cluster has but one"],
])("%s is refused, and the reason quotes nothing of it", (url, reason) => {
  const load = () => loadConfig(redisVariables, { REDIS_URL: url });
  expect(load).toThrow(new ConfigError(`REDIS_URL ${reason}`));
});
