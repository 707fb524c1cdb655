import { describe, expect, test } from "vitest";
import type { WebhookRules } from "../src/webhook/webhook-rules.ts";
import { refuseWebhookUrl, WEBHOOK_URL_CHARACTERS_MAX, webhookHost } from "../src/webhook/webhook-url.ts";

const STRICT: WebhookRules = { allowHttp: false, ports: [], allowHosts: [] };

const notPublic = (address: string) => `the address ${address} is not a public one`;
const LOCALHOST = "localhost, and what is below it, is not a public host";
const USER_INFO = "the URL has a user name or a password";
const NOT_HTTPS = "the scheme is not https";
const NOT_ABSOLUTE = "the URL is not an absolute one";

/** What is refused, by the kind of it, with the rule that the refusal names. */
const REFUSED: Record<string, Record<string, string>> = {
  loopback: {
    "https://127.0.0.1/hook": notPublic("127.0.0.1"),
    "https://127.255.255.254/": notPublic("127.255.255.254"),
    "https://0.0.0.0/": notPublic("0.0.0.0"),
    "https://[::1]/": notPublic("::1"),
    "https://[::]/": notPublic("::"),
  },
  private: {
    "https://10.0.0.1/": notPublic("10.0.0.1"),
    "https://172.16.0.1/": notPublic("172.16.0.1"),
    "https://192.168.1.1/": notPublic("192.168.1.1"),
    "https://[fd12:3456:789a::1]/": notPublic("fd12:3456:789a::1"),
  },
  "link-local": {
    "https://169.254.1.1/": notPublic("169.254.1.1"),
    "https://[fe80::1]/": notPublic("fe80::1"),
  },
  metadata: {
    "https://169.254.169.254/latest/meta-data/": notPublic("169.254.169.254"),
    "https://[fd00:ec2::254]/": notPublic("fd00:ec2::254"),
  },
  CGNAT: { "https://100.64.0.1/": notPublic("100.64.0.1") },
  multicast: { "https://224.0.0.1/": notPublic("224.0.0.1"), "https://[ff02::1]/": notPublic("ff02::1") },
  "IPv6 that holds an IPv4": {
    "https://[::ffff:127.0.0.1]/": notPublic("::ffff:7f00:1"),
    "https://[::ffff:a9fe:a9fe]/": notPublic("::ffff:a9fe:a9fe"),
    "https://[::127.0.0.1]/": notPublic("::7f00:1"),
    "https://[64:ff9b::7f00:1]/": notPublic("64:ff9b::7f00:1"),
    "https://[64:ff9b:1::10.0.0.1]/": notPublic("64:ff9b:1::a00:1"),
    "https://[2002:7f00:1::]/": notPublic("2002:7f00:1::"),
  },
  "decimal, octal and hex": {
    "https://2130706433/": notPublic("127.0.0.1"),
    "https://0177.0.0.1/": notPublic("127.0.0.1"),
    "https://017700000001/": notPublic("127.0.0.1"),
    "https://0x7f000001/": notPublic("127.0.0.1"),
    "https://0x7f.0.0.0x1/": notPublic("127.0.0.1"),
    "https://127.1/": notPublic("127.0.0.1"),
    "https://0/": notPublic("0.0.0.0"),
    "https://4294967296/": NOT_ABSOLUTE,
  },
  "trailing dots": {
    "https://127.0.0.1./": notPublic("127.0.0.1"),
    "https://127.0.0.1../": notPublic("127.0.0.1"),
    "https://localhost./": LOCALHOST,
    "https://localhost../": LOCALHOST,
    "https://./": "the URL has no host",
  },
  localhost: {
    "https://localhost/": LOCALHOST,
    "https://LocalHost/": LOCALHOST,
    "https://hook.localhost/": LOCALHOST,
    "https://a.b.localhost./": LOCALHOST,
  },
  IDN: {
    "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/": LOCALHOST,
    "https://１２７.0.0.1/": notPublic("127.0.0.1"),
    "https://127。0。0。1/": notPublic("127.0.0.1"),
  },
  "user info": {
    "https://user:secret@example.com/": USER_INFO,
    "https://user@example.com/": USER_INFO,
    "https://:secret@example.com/": USER_INFO,
    "https://example.com@127.0.0.1/": USER_INFO,
  },
  port: {
    "https://example.com:0/": "the port 0 is not allowed",
    "https://example.com:22/": "the port 22 is not allowed",
    "https://example.com:80/": "the port 80 is not allowed",
    "https://example.com:8443/": "the port 8443 is not allowed",
    "https://example.com:65536/": NOT_ABSOLUTE,
  },
  scheme: {
    "http://example.com/": NOT_HTTPS,
    "ftp://example.com/": NOT_HTTPS,
    "file:///etc/passwd": NOT_HTTPS,
    "javascript:alert(1)": NOT_HTTPS,
    "data:text/plain,x": NOT_HTTPS,
    "ws://example.com/": NOT_HTTPS,
  },
  "no URL": {
    "": NOT_ABSOLUTE,
    "example.com/hook": NOT_ABSOLUTE,
    "//example.com/hook": NOT_ABSOLUTE,
    "https://": NOT_ABSOLUTE,
    "https://[::1/": NOT_ABSOLUTE,
    "https://[fe80::1%25eth0]/": NOT_ABSOLUTE,
    "https://1.2.3.4.5/": NOT_ABSOLUTE,
  },
  "read as browsers do": {
    "https:\\\\127.0.0.1\\": notPublic("127.0.0.1"),
    "https:127.0.0.1": notPublic("127.0.0.1"),
    "https://127.0\t.0.1/": notPublic("127.0.0.1"),
    "https://%31%32%37.0.0.1/": notPublic("127.0.0.1"),
    "https://127.0.0.1#@example.com/": notPublic("127.0.0.1"),
    "https://127.0.0.1\\@example.com/": notPublic("127.0.0.1"),
  },
};

describe("a URL that breaks a rule is refused, and the refusal says which", () => {
  for (const [kind, urls] of Object.entries(REFUSED)) {
    test.each(Object.entries(urls))(`${kind}: %s`, (url, rule) => {
      expect(refuseWebhookUrl(url, STRICT)).toBe(rule);
    });
  }

  test("one of 2 MB", () => {
    expect(refuseWebhookUrl(`https://example.com/${"x".repeat(2_097_152)}`, STRICT)).toBe(
      "the URL is longer than 2048 characters",
    );
  });
});

test.each([
  "https://example.com",
  "https://example.com:443/hook?token=x#y",
  "https://example.com./hook",
  "https://EXAMPLE.com/",
  "https://bücher.example/",
  "https://notlocalhost/",
  "https://localhost.example.com/",
  "https://8.8.8.8/",
  "https://[2606:4700::1111]/",
  "https://example.com/".padEnd(WEBHOOK_URL_CHARACTERS_MAX, "x"),
])("a public HTTPS URL is not refused: %s", (url) => {
  expect(refuseWebhookUrl(url, STRICT)).toBeNull();
});

test("http is for where it is allowed, at its own port", () => {
  const rules = { ...STRICT, allowHttp: true };
  expect(refuseWebhookUrl("http://example.com/", rules)).toBeNull();
  expect(refuseWebhookUrl("https://example.com/", rules)).toBeNull();
  expect(refuseWebhookUrl("http://example.com:443/", rules)).toBe("the port 443 is not allowed");
  expect(refuseWebhookUrl("http://127.0.0.1/", rules)).toBe(notPublic("127.0.0.1"));
  expect(refuseWebhookUrl("ftp://example.com/", rules)).toBe("the scheme is neither https nor http");
});

test("a port is allowed beside the scheme's own, and to no other addresses", () => {
  const rules = { ...STRICT, ports: [8443] };
  expect(refuseWebhookUrl("https://example.com:8443/", rules)).toBeNull();
  expect(refuseWebhookUrl("https://example.com/", rules)).toBeNull();
  expect(refuseWebhookUrl("https://example.com:8444/", rules)).toBe("the port 8444 is not allowed");
  expect(refuseWebhookUrl("https://127.0.0.1:8443/", rules)).toBe(notPublic("127.0.0.1"));
});

describe("a listed host", () => {
  const rules: WebhookRules = {
    ...STRICT,
    allowHosts: [
      { hostname: "127.0.0.1", port: 9000 },
      { hostname: "[::1]", port: null },
      { hostname: "hooks.internal", port: null },
      { hostname: "localhost", port: 443 },
    ],
  };

  test.each([
    "http://127.0.0.1:9000/",
    "https://127.0.0.1:9000/",
    "http://2130706433:9000/",
    "http://[::1]:1/",
    "http://hooks.internal/",
    "http://HOOKS.internal.:22/",
    "https://localhost/",
  ])("is exempt from the rules about scheme, port and address: %s", (url) => {
    expect(refuseWebhookUrl(url, rules)).toBeNull();
  });

  test.each([
    ["https://127.0.0.1:9001/", "the port 9001 is not allowed"],
    ["https://127.0.0.1/", notPublic("127.0.0.1")],
    ["https://127.0.0.2/", notPublic("127.0.0.2")],
    ["http://localhost/", NOT_HTTPS],
    ["http://x.hooks.internal/", NOT_HTTPS],
    ["https://sub.localhost/", LOCALHOST],
  ])("exempts neither another port nor another host: %s", (url, rule) => {
    expect(refuseWebhookUrl(url, rules)).toBe(rule);
  });

  test.each([
    ["ftp://hooks.internal/", NOT_HTTPS],
    ["https://user:secret@hooks.internal/", USER_INFO],
    ["https://hooks.internal:0/", "the port 0 is not allowed"],
  ])("is not exempt from what no host could be sent: %s", (url, rule) => {
    expect(refuseWebhookUrl(url, rules)).toBe(rule);
  });
});

test.each([
  ["https://example.com", "example.com:443"],
  ["http://example.com/", "example.com:80"],
  ["https://EXAMPLE.com.:8443/secret?token=x", "example.com:8443"],
  ["https://bücher.example/", "xn--bcher-kva.example:443"],
  ["https://0x8080808/", "8.8.8.8:443"],
  ["https://[2606:4700::1111]/", "[2606:4700::1111]:443"],
])("one receiver has one name, whatever the URL: %s", (url, host) => {
  expect(webhookHost(url)).toBe(host);
});
