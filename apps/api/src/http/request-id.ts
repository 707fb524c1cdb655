import { randomUUID } from "node:crypto";

/** What proxies and clients name requests by, such as UUIDs, base64 or `Root=1-67891233-abcdef`; nothing that a log or a page could take for more. */
const SANE = /^[\w.:=+/-]{1,128}$/;

export const createRequestId = (): string => randomUUID();

/** @param given what the client calls its request, by `X-Request-Id`; taken over where it makes sense */
export const toRequestId = (given: string | undefined): string =>
  given !== undefined && SANE.test(given) ? given : createRequestId();
