import type { LookupAddress } from "node:dns";
import { Client } from "undici";

/**
 * How long one of several addresses may take to be connected to before the next is tried. Node's 250 ms are too little for the other
 * side of the earth.
 */
const NEXT_ADDRESS_AFTER_MS = 1_000;

/**
 * A client for one request, over HTTP/1.1, whose connection leads to these addresses and no others: a name that is looked up again
 * may lead elsewhere. It has no time limit of its own.
 *
 * @param addresses of the origin's name; not asked for where the origin is an address itself
 */
export const pinnedClient = (origin: string, addresses: readonly LookupAddress[]): Client =>
  new Client(origin, {
    allowH2: false,
    connectTimeout: 0,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: {
      // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
      rejectUnauthorized: true,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_AFTER_MS,
      lookup: (_hostname, _options, callback) => callback(null, [...addresses]),
    },
  });
