import type { LookupAddress } from "node:dns";
import { refuseAddress } from "@semblance/shared/webhook/forbidden-address";
import type { WebhookRules } from "@semblance/shared/webhook/webhook-rules";
import { isAllowedHost } from "@semblance/shared/webhook/webhook-url";
import { PostError } from "./post-error.ts";

/** All addresses of a host's name. */
export type Resolve = (hostname: string, signal: AbortSignal) => Promise<LookupAddress[]>;

const ask = async (resolve: Resolve, hostname: string, signal: AbortSignal): Promise<LookupAddress[]> => {
  try {
    return await resolve(hostname, signal);
  } catch {
    throw new PostError("unresolved");
  }
};

/**
 * The addresses that a host's name leads to. One that is not public among them makes all of them suspect: a name of ours and
 * theirs at once is how a guard is led round.
 *
 * @throws PostError `unresolved` or `refused_address`
 */
export const resolveGuarded = async (
  url: URL,
  rules: WebhookRules,
  resolve: Resolve,
  signal: AbortSignal,
): Promise<LookupAddress[]> => {
  const addresses = await ask(resolve, url.hostname, signal);
  if (addresses.length === 0) throw new PostError("unresolved");
  const isForbidden = addresses.some(({ address }) => refuseAddress(address) !== null);
  // The address is not told: it may be of a network that only this service can ask about.
  if (isForbidden && !isAllowedHost(url, rules)) throw new PostError("refused_address");
  return addresses;
};
