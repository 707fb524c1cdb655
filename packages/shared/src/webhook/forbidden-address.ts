import ipaddr from "ipaddr.js";

/** IANA gives out addresses of hosts from nowhere else (RFC 4291, 2.4): what is outside leads nowhere, or back inside, as by NAT64. */
const GLOBAL_UNICAST = ipaddr.parseCIDR("2000::/3");

/** A platform's metadata, at an address that looks like anybody's: Azure's WireServer. Others' are in ranges that are refused anyway. */
const METADATA_ADDRESSES = new Set(["168.63.129.16"]);

/** `::1.2.3.4`, which resolvers write, is another address than `::ffff:1.2.3.4`; ipaddr.js takes both for the same, unless they are in hex. */
const toHex = (address: string): string | null =>
  URL.canParse(`http://[${address}]`) ? new URL(`http://[${address}]`).hostname.slice(1, -1) : null;

const isIPv4 = (text: string): boolean => ipaddr.IPv4.isValidFourPartDecimal(text);

/** What only some read as an address, such as 0177.1, is none. */
export const isAddress = (text: string): boolean => isIPv4(text) || ipaddr.IPv6.isValid(text);

const isPublic = (address: string): boolean => {
  if (!isAddress(address)) return false;
  const plain = isIPv4(address) ? address : toHex(address);
  // One with a zone is on this machine's own links.
  if (plain === null) return false;
  const parsed = ipaddr.process(plain);
  if (parsed.range() !== "unicast" || METADATA_ADDRESSES.has(parsed.toString())) return false;
  return parsed.kind() === "ipv4" || parsed.match(GLOBAL_UNICAST);
};

/**
 * Whether an address is one of the public internet: none of the special-purpose ones of RFC 6890 and IANA's registries
 * (iana-ipv4-special-registry, iana-ipv6-special-registry), no multicast, and none that is translated or tunneled to an IPv4 one.
 * An IPv4-mapped one is judged as the IPv4 address that is connected to.
 *
 * @param address IPv4, or IPv6 without brackets
 * @returns the rule that it breaks; `null` when it may be connected to
 */
export const refuseAddress = (address: string): string | null =>
  isPublic(address) ? null : `the address ${address} is not a public one`;
