export interface RedisAddress {
  host: string;
  port: number;
}

interface RedisAccess {
  isTls: boolean;
  /** Absent for the user `default`. */
  username: string | undefined;
  password: string | undefined;
  database: number;
}

/** Where the Redis is that holds the keys: at an address, at the one that Sentinels name, or at the node of a Cluster that owns their slot. */
export type RedisUrl = RedisAccess &
  (
    | { kind: "single"; server: RedisAddress }
    | { kind: "sentinel"; sentinels: RedisAddress[]; masterName: string }
    | { kind: "cluster"; nodes: RedisAddress[] }
  );

/** What is wrong with a text that was to be a URL of Redis. Never quotes it: there may be a password in it. */
export class RedisUrlError extends Error {
  override readonly name = "RedisUrlError";
}

const REDIS_PORT = 6_379;
const SENTINEL_PORT = 26_379;

const FORM = /^redis(s?)(?:\+(sentinel|cluster))?:\/\/(?:(.*)@)?([^@/]*)(?:\/(.*))?$/;

const decode = (text: string | undefined): string | undefined => {
  try {
    return text ? decodeURIComponent(text) : undefined;
  } catch {
    throw new RedisUrlError("has a % in its user or password that encodes nothing; % itself is %25");
  }
};

const parseAccess = (userinfo: string) => {
  const [, user, password] = /^([^:]*)(?::(.*))?$/.exec(userinfo)!;
  const access = { username: decode(user), password: decode(password) };
  if (access.username && !access.password) throw new RedisUrlError("names a user without a password");
  return access;
};

const parseAddress = (text: string, defaultPort: number): RedisAddress => {
  const [, host, port = String(defaultPort)] =
    /^(\[[\da-f:.]+\]|[^\s:[\]]+)(?::(\d{1,5}))?$/i.exec(text) ?? [];
  if (host === undefined) throw new RedisUrlError("names a server that is neither host nor host:port");
  if (Number(port) < 1 || Number(port) > 65_535) throw new RedisUrlError("names a port that there is not");
  return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
};

const parseDatabase = (text = ""): number => {
  if (!/^\d{0,4}$/.test(text)) throw new RedisUrlError("names a database that is no number");
  return Number(text);
};

/**
 * Reads `redis://user:password@host:port/database`, or with several servers and commas in between
 * `redis+sentinel://…@host:port,host:port/master/database` and `redis+cluster://…@host:port,host:port`; each with `rediss` for TLS. All
 * but a host is optional, and the name of Sentinel's master.
 *
 * @throws {RedisUrlError}
 */
export const parseRedisUrl = (text: string): RedisUrl => {
  const [, s, kind = "single", userinfo = "", servers = "", path = ""] = FORM.exec(text) ?? [];
  if (s === undefined) {
    throw new RedisUrlError(
      "is no URL that begins with redis:// or rediss://, redis+sentinel:// or redis+cluster://",
    );
  }
  if (/[?#]/.test(path + servers))
    throw new RedisUrlError("has a ? or # after its servers, where nothing is read");
  const access = { isTls: s === "s", ...parseAccess(userinfo) };
  const addresses = servers
    .split(",")
    .map((server) => parseAddress(server, kind === "sentinel" ? SENTINEL_PORT : REDIS_PORT));
  const parts = path.split("/");
  if (parts.length > (kind === "sentinel" ? 2 : 1)) throw new RedisUrlError("has too many parts in its path");
  switch (kind) {
    case "sentinel": {
      const masterName = decode(parts[0]);
      if (!masterName) throw new RedisUrlError("names no master, as /mymaster at its end would");
      return { ...access, kind, sentinels: addresses, masterName, database: parseDatabase(parts[1]) };
    }
    case "cluster":
      if (parseDatabase(parts[0]) !== 0)
        throw new RedisUrlError("names a database, and a Cluster has but one");
      return { ...access, kind, nodes: addresses, database: 0 };
    default:
      if (addresses.length > 1) {
        throw new RedisUrlError(
          "names several servers: it is redis+sentinel:// or redis+cluster:// that has them",
        );
      }
      return { ...access, kind: "single", server: addresses[0]!, database: parseDatabase(parts[0]) };
  }
};
