import { promises as dns, type LookupAddress } from "node:dns";

/** Of each name server, and how often: what takes longer is cut off by the attempt's own limit. */
const QUERY = { timeout: 3_000, tries: 2 };

/**
 * The addresses that DNS has for a name. Not by the system's resolver, which has two threads for all look-ups of this process and cannot be
 * stopped: a tenant whose names answer slowly would hold up everybody's webhooks. Neither are `/etc/hosts` and search domains asked, where
 * no public name should stand.
 *
 * @param signal ends it
 * @param servers those of `/etc/resolv.conf` unless given
 * @throws what DNS answers when it has no address
 */
export const queryDns = async (
  hostname: string,
  signal: AbortSignal,
  servers?: readonly string[],
): Promise<LookupAddress[]> => {
  const resolver = new dns.Resolver(QUERY);
  if (servers) resolver.setServers(servers);
  const cancel = () => resolver.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  try {
    const [v4, v6] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    const toAddresses = (answer: PromiseSettledResult<string[]>, family: 4 | 6) =>
      answer.status === "fulfilled" ? answer.value.map((address) => ({ address, family })) : [];
    const found = [...toAddresses(v4, 4), ...toAddresses(v6, 6)];
    if (found.length === 0 && v4.status === "rejected") throw v4.reason;
    return found;
  } finally {
    signal.removeEventListener("abort", cancel);
  }
};
