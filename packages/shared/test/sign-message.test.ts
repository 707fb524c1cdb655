import { randomBytes } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { signMessage } from "../src/webhook/sign-message.ts";
import { signingSecrets } from "../src/webhook/signing-secrets.ts";

const TOLERANCE_S = 300;
const newMaster = () => `whsec_${randomBytes(32).toString("base64")}`;
const nowS = () => Math.floor(Date.now() / 1_000);

const event = { type: "job.succeeded", data: { metadata: { city: "Санкт-Петербург 🏙" } } };
const body = Buffer.from(JSON.stringify(event));
const secrets = signingSecrets([newMaster(), newMaster()], "acme", [2, 1]);
const message = { id: "dlv_1", timestampS: nowS(), body, secrets };

/** As a receiver does that has the reference library and one secret. */
const verify = (secret: string, headers: object, received: Buffer = body) =>
  new Webhook(secret).verify(received, { ...headers });

test("it is signed as Standard Webhooks' own library signs", () => {
  const { id, timestampS } = message;
  expect(signMessage({ ...message, secrets: [secrets[0]!] })).toEqual({
    "webhook-id": id,
    "webhook-timestamp": String(timestampS),
    "webhook-signature": new Webhook(secrets[0]!).sign(id, new Date(timestampS * 1_000), body),
  });
});

test("its bytes are signed as they are, whether they are UTF-8 or not", () => {
  const [first, second] = [[0xff], [0xfe]].map((bytes) =>
    signMessage({ ...message, body: Buffer.from(bytes) }),
  );
  expect(first).not.toEqual(second);
});

test("a receiver that has any one of the secrets takes it: of either master, and of either version", () => {
  const headers = signMessage(message);
  expect(secrets).toHaveLength(4);
  for (const secret of secrets) expect(verify(secret, headers)).toEqual(event);
});

describe("that library refuses it", () => {
  const refused = (headers: object, received?: Buffer, secret = secrets[0]!) =>
    expect(() => verify(secret, headers, received));
  const sentAt = (timestampS: number) => signMessage({ ...message, timestampS });

  test("by another secret", () => {
    refused(signMessage(message), body, newMaster()).toThrow("No matching signature found");
  });

  test("with one byte changed, wherever it is", () => {
    const headers = signMessage(message);
    for (let at = 0; at < body.length; at += 1) {
      const changed = Buffer.from(body);
      changed[at]! ^= 1;
      refused(headers, changed).toThrow("No matching signature found");
    }
  });

  test("under another id, or with the time of another attempt", () => {
    const headers = signMessage(message);
    refused({ ...headers, "webhook-id": "dlv_2" }).toThrow("No matching signature found");
    const later = String(message.timestampS + 1);
    refused({ ...headers, "webhook-timestamp": later }).toThrow("No matching signature found");
  });

  test("when it is too old, or of the future", () => {
    const marginS = 30;
    refused(sentAt(nowS() - TOLERANCE_S - marginS)).toThrow("too old");
    refused(sentAt(nowS() + TOLERANCE_S + marginS)).toThrow("too new");
    refused(sentAt(nowS() - TOLERANCE_S + marginS)).not.toThrow();
    refused(sentAt(nowS() + TOLERANCE_S - marginS)).not.toThrow();
  });
});
