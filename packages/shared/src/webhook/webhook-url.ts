import { isAddress, refuseAddress } from "./forbidden-address.ts";
import type { WebhookRules } from "./webhook-rules.ts";

export const WEBHOOK_URL_CHARACTERS_MAX = 2_048;

const DEFAULT_PORTS: Record<string, number> = { "https:": 443, "http:": 80 };

/** A name with a dot at its end is the same one, written out in full. */
const withoutTrailingDots = (hostname: string): string => hostname.replace(/\.+$/, "");

/** Of one of the two schemes that there are here. */
const portOf = ({ port, protocol }: URL): number => (port === "" ? DEFAULT_PORTS[protocol]! : Number(port));

/** Whether a URL's host is listed, so that no rule about scheme, port and address holds for it. */
export const isAllowedHost = (url: URL, { allowHosts }: WebhookRules): boolean =>
  allowHosts.some(
    ({ hostname, port }) =>
      withoutTrailingDots(hostname) === withoutTrailingDots(url.hostname) &&
      (port === null || port === portOf(url)),
  );

const refuseHost = (hostname: string): string | null => {
  // All that leads here without being looked up (RFC 6761, 6.3).
  if (/(^|\.)localhost$/.test(hostname)) return "localhost, and what is below it, is not a public host";
  const address = hostname.replace(/^\[|\]$/g, "");
  return isAddress(address) ? refuseAddress(address) : null;
};

const refuseTarget = (url: URL, { allowHttp, ports }: WebhookRules): string | null => {
  if (url.protocol === "http:" && !allowHttp) return "the scheme is not https";
  const port = portOf(url);
  if (port !== DEFAULT_PORTS[url.protocol] && !ports.includes(port)) return `the port ${port} is not allowed`;
  return refuseHost(withoutTrailingDots(url.hostname));
};

/**
 * Judges what is plain in a webhook's URL. Where a name leads to is judged at each attempt, once it is resolved.
 *
 * @returns the rule that it breaks, in words for who gave the URL; `null` when it breaks none
 */
export const refuseWebhookUrl = (url: string, rules: WebhookRules): string | null => {
  if (url.length > WEBHOOK_URL_CHARACTERS_MAX) {
    return `the URL is longer than ${WEBHOOK_URL_CHARACTERS_MAX} characters`;
  }
  if (!URL.canParse(url)) return "the URL is not an absolute one";
  const parsed = new URL(url);
  if (!Object.hasOwn(DEFAULT_PORTS, parsed.protocol)) {
    return rules.allowHttp ? "the scheme is neither https nor http" : "the scheme is not https";
  }
  // For listed hosts as well: it would not be sent, and be kept and shown along with the URL.
  if (parsed.username !== "" || parsed.password !== "") return "the URL has a user name or a password";
  if (withoutTrailingDots(parsed.hostname) === "") return "the URL has no host";
  if (portOf(parsed) === 0) return "the port 0 is not allowed";
  return isAllowedHost(parsed, rules) ? null : refuseTarget(parsed, rules);
};

/** Whom a webhook goes to, such as `example.com:443`: what logs say of its URL, and limits count by. */
export const webhookHost = (url: string): string => {
  const parsed = new URL(url);
  return `${withoutTrailingDots(parsed.hostname)}:${portOf(parsed)}`;
};
