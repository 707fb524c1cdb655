import { describe, expect, test } from "vitest";
import { refuseAddress } from "../src/webhook/forbidden-address.ts";

/** First and last of every block in IANA's special-purpose registries, and of what is multicast, reserved or never given out. */
const FORBIDDEN = {
  "this network": ["0.0.0.0", "0.255.255.255"],
  private: ["10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0", "192.168.255.255"],
  CGNAT: ["100.64.0.0", "100.127.255.255"],
  loopback: ["127.0.0.0", "127.0.0.1", "127.255.255.255", "::1"],
  "link-local": ["169.254.0.0", "169.254.255.255", "fe80::", "febf:ffff::1"],
  metadata: ["169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254"],
  "protocol assignments": ["192.0.0.0", "192.0.0.9", "192.0.0.255", "2001::", "2001:1ff:ffff::1"],
  documentation: [
    ...["192.0.2.0", "192.0.2.255", "198.51.100.0", "198.51.100.255", "203.0.113.0", "203.0.113.255"],
    ...["2001:db8::", "2001:db8:ffff:ffff::1", "3fff::", "3fff:fff:ffff::1"],
  ],
  AS112: [
    "192.31.196.0",
    "192.31.196.255",
    "192.175.48.0",
    "192.175.48.255",
    "2001:4:112::1",
    "2620:4f:8000::1",
  ],
  AMT: ["192.52.193.0", "192.52.193.255", "2001:3::1"],
  "6to4 relays": ["192.88.99.0", "192.88.99.255"],
  benchmarking: ["198.18.0.0", "198.19.255.255", "2001:2::1"],
  multicast: ["224.0.0.0", "239.255.255.255", "ff00::", "ff02::1", "ffff:ffff::1"],
  reserved: ["240.0.0.0", "255.255.255.254", "255.255.255.255"],
  unspecified: ["::"],
  "IPv4-mapped": ["::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:169.254.169.254"],
  "IPv4-compatible": ["::127.0.0.1", "::7f00:1", "::8.8.8.8", "::808:808"],
  "IPv4-translated": ["::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8"],
  NAT64: ["64:ff9b::127.0.0.1", "64:ff9b::8.8.8.8", "64:ff9b:1::1", "64:ff9b:1:ffff::7f00:1"],
  "6to4": ["2002::", "2002:7f00:1::1", "2002:ffff:ffff::1"],
  Teredo: ["2001:0:4136:e378:8000:63bf:80ff:fffe"],
  ORCHID: ["2001:10::1", "2001:20::1", "2001:30::1"],
  "discard-only": ["100::", "100::1"],
  dummy: ["100:0:0:1::1"],
  "segment routing": ["5f00::", "5f00:ffff::1"],
  "unique local": ["fc00::", "fdff:ffff::1"],
  "site-local": ["fec0::1", "feff:ffff::1"],
  "outside of 2000::/3": ["1fff:ffff::1", "4000::", "8000::1", "e000::1"],
  "with a zone": ["fe80::1%eth0", "2606:4700::1%1"],
  "no address": [
    "",
    "localhost",
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "127.1",
    "1.2.3.4.5",
    "[::1]",
    "8.8.8.8 ",
  ],
};

describe("an address that is not a public one is refused, and the refusal says so", () => {
  for (const [kind, addresses] of Object.entries(FORBIDDEN)) {
    test.each(addresses)(`${kind}: %s`, (address) => {
      expect(refuseAddress(address)).toBe(`the address ${address} is not a public one`);
    });
  }
});

test.each([
  ...["1.0.0.0", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255"],
  ...[
    "128.0.0.0",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.167.255.255",
  ],
  ...["192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "168.63.129.17"],
  ...[
    "::ffff:8.8.8.8",
    "2001:200::",
    "2001:4860:4860::8888",
    "2001:db7:ffff::1",
    "2001:db9::",
    "2003::",
    "2606:4700::1111",
  ],
])("a public address is not refused: %s", (address) => {
  expect(refuseAddress(address)).toBeNull();
});
