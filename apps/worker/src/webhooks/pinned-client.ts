import type { LookupAddress } from "node:dns";
import { buildConnector, Client } from "undici";
import { READ_BYTES_MAX } from "./answer-excerpt.ts";
import { readNoMoreThan } from "./read-no-more-than.ts";

/**
 * How long one of several addresses may take to be connected to before the next is tried. Node's 250 ms are too little for the other
 * side of the earth.
 */
const NEXT_ADDRESS_AFTER_MS = 1_000;
/** As undici has it. */
const HEADER_BYTES_MAX = 16_384;

/**
 * A client for one request, over HTTP/1.1, whose connection leads to these addresses and no others: a name that is looked up again
 * may lead elsewhere. It has no time limit of its own.
 *
 * @param addresses of the origin's name; not asked for where the origin is an address itself
 */
export const pinnedClient = (origin: string, addresses: readonly LookupAddress[]): Client => {
  const connect = buildConnector({
    allowH2: false,
    timeout: 0,
    // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
    rejectUnauthorized: true,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_AFTER_MS,
    lookup: (_hostname, _options, callback) => callback(null, [...addresses]),
  });
  return new Client(origin, {
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: HEADER_BYTES_MAX,
    connect: (options, callback) =>
      connect(options, (...outcome) => {
        const [, socket] = outcome;
        if (socket) readNoMoreThan(socket, HEADER_BYTES_MAX + READ_BYTES_MAX);
        callback(...outcome);
      }),
  });
};
