import { createHmac } from "node:crypto";

export interface Message {
  /** The same at each attempt; without a `.`, which parts what is signed. */
  id: string;
  /** When this attempt is sent, seconds since the epoch. */
  timestampS: number;
  /** As it is sent, byte by byte. */
  body: Buffer;
  /** `whsec_` and base64; each adds a signature, so that a receiver needs to know any one of them. */
  secrets: readonly string[];
}

export interface SignatureHeaders {
  "webhook-id": string;
  "webhook-timestamp": string;
  "webhook-signature": string;
}

/**
 * The headers that tell a receiver who sends a message, and when.
 *
 * Standard Webhooks 1.0, symmetric signatures:
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const signMessage = ({ id, timestampS, body, secrets }: Message): SignatureHeaders => {
  const sign = (secret: string) =>
    createHmac("sha256", Buffer.from(secret.replace(/^whsec_/, ""), "base64"))
      .update(`${id}.${timestampS}.`)
      .update(body)
      .digest("base64");
  return {
    "webhook-id": id,
    "webhook-timestamp": String(timestampS),
    "webhook-signature": secrets.map((secret) => `v1,${sign(secret)}`).join(" "),
  };
};
