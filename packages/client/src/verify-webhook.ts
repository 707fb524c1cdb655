import { WebhookVerificationError } from "./errors.ts";
import type { WebhookEvent } from "./wire-types.ts";

/** Those of `fetch` or the like, or as Node has them. */
export type WebhookHeaders =
  | { get: (name: string) => string | null }
  | Record<string, string | string[] | undefined>;

const readHeader = (headers: WebhookHeaders, name: string): string => {
  const value =
    typeof headers.get === "function"
      ? headers.get(name)
      : Object.entries(headers).find(([given]) => given.toLowerCase() === name)?.[1];
  if (typeof value === "string" && value !== "") return value;
  throw new WebhookVerificationError("missing-header", `there is no ${name}`);
};

const decodeBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

const importSecret = async (secret: string) => {
  try {
    const bytes = decodeBase64(secret.replace(/^whsec_/, ""));
    return await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
  } catch {
    // What is wrong with it could tell of it.
    throw new WebhookVerificationError("invalid-secret", "a secret is not whsec_ and base64");
  }
};

const readSignatures = (header: string): Uint8Array<ArrayBuffer>[] =>
  header.split(" ").flatMap((entry) => {
    const [version, signature = ""] = entry.split(",");
    if (version !== "v1") return [];
    try {
      return [decodeBase64(signature)];
    } catch {
      return [];
    }
  });

const checkTimestamp = (timestamp: string, toleranceS: number): void => {
  if (!/^\d{1,15}$/.test(timestamp)) {
    throw new WebhookVerificationError("invalid-timestamp", "webhook-timestamp is no number of seconds");
  }
  const ageS = Date.now() / 1_000 - Number(timestamp);
  if (ageS > toleranceS) {
    throw new WebhookVerificationError("timestamp-too-old", `sent more than ${toleranceS} s ago`);
  }
  if (ageS < -toleranceS) {
    throw new WebhookVerificationError(
      "timestamp-too-new",
      `sent more than ${toleranceS} s ahead of the clock`,
    );
  }
};

const toSignedBytes = (id: string, timestamp: string, body: string | Uint8Array): Uint8Array<ArrayBuffer> => {
  const encoder = new TextEncoder();
  const head = encoder.encode(`${id}.${timestamp}.`);
  const bytes = typeof body === "string" ? encoder.encode(body) : body;
  const signed = new Uint8Array(head.length + bytes.length);
  signed.set(head);
  signed.set(bytes, head.length);
  return signed;
};

const parseEvent = (body: string | Uint8Array): WebhookEvent => {
  try {
    return JSON.parse(typeof body === "string" ? body : new TextDecoder().decode(body));
  } catch {
    throw new WebhookVerificationError("invalid-body", "the body is not JSON");
  }
};

/**
 * Checks that a webhook comes from who has the secret, and is new (Standard Webhooks 1.0).
 *
 * Remember `webhook-id`, under which a webhook may come more than once.
 *
 * @param body as it was received: parsed and written again it has other bytes
 * @param secrets one, or several while they are rotated: any of them may have signed
 * @param options.toleranceS how far `webhook-timestamp` may be from the clock, in seconds
 * @throws {WebhookVerificationError} whose `code` says which check failed
 */
export const verifyWebhook = async (
  body: string | Uint8Array,
  headers: WebhookHeaders,
  secrets: string | string[],
  { toleranceS = 300 }: { toleranceS?: number } = {},
): Promise<WebhookEvent> => {
  const id = readHeader(headers, "webhook-id");
  const timestamp = readHeader(headers, "webhook-timestamp");
  const signatures = readSignatures(readHeader(headers, "webhook-signature"));
  checkTimestamp(timestamp, toleranceS);
  const keys = await Promise.all([secrets].flat().map(importSecret));
  const signed = toSignedBytes(id, timestamp, body);
  for (const key of keys) {
    for (const signature of signatures) {
      // The platform compares them, in constant time.
      if (await crypto.subtle.verify("HMAC", key, signature, signed)) return parseEvent(body);
    }
  }
  throw new WebhookVerificationError("no-matching-signature", "no secret made one of the signatures");
};
