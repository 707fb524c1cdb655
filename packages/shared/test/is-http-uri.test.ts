import { expect, test } from "vitest";
import { isHttpUri } from "../src/webhook/is-http-uri.ts";

test.each([
  "https://example.com",
  "HTTPS://EXAMPLE.COM:8443/hook?token=a%2Fb&c=d/e?f#g",
  "http://127.0.0.1:80/",
  "https://[2001:db8::1]/hook",
  "https://xn--exmple-cua.com/a;b=c,d@e:f",
  "https://example.com?a",
])("%s is an HTTP URI", (text) => {
  expect(isHttpUri(text)).toBe(true);
});

test.each([
  "",
  "https:example.com",
  "https:À//example.com/",
  " https://example.com/",
  "https://exämple.com/",
  "https://example.com/a b",
  "https://example.com/%zz",
  "https://example.com/[a]",
  "https://example.com/\ud800",
  "https:\\\\example.com",
  "https://example.com/#a#b",
  "https://user@example.com/",
  "https://",
  "ftp://example.com/",
])("%j is none", (text) => {
  expect(isHttpUri(text)).toBe(false);
});
