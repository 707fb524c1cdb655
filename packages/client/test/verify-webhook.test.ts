import { randomBytes } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { WebhookVerificationError } from "../src/errors.ts";
import { verifyWebhook } from "../src/verify-webhook.ts";

const newSecret = () => `whsec_${randomBytes(32).toString("base64")}`;
const secret = newSecret();
const event = { type: "job.succeeded", timestamp: "2026-01-01T00:00:00.000Z", data: { id: "job_1" } };
const body = JSON.stringify(event);

const sign = (by = secret, { id = "msg_1", at = new Date(), text = body } = {}) => ({
  "webhook-id": id,
  "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)),
  "webhook-signature": new Webhook(by).sign(id, at, text),
});

const secondsAgo = (seconds: number) => new Date(Date.now() - seconds * 1_000);

const codeOf = async (verifying: Promise<unknown>) => {
  const error = await verifying.then(
    () => "verified",
    (thrown: unknown) => thrown,
  );
  return error instanceof WebhookVerificationError ? error.code : error;
};

describe("a webhook as the Standard Webhooks' own library signs it is taken", () => {
  test.each<[string, string | Uint8Array, Parameters<typeof verifyWebhook>[1], string | string[]]>([
    ["its body as text, headers as Node has them", body, sign(), secret],
    ["its body as bytes, headers as fetch has them", Buffer.from(body), new Headers(sign()), secret],
    ["a secret without its prefix", body, sign(), secret.slice("whsec_".length)],
    ["signed by one of several secrets", body, sign(), [newSecret(), secret]],
    [
      "one of several signatures, of other versions among them",
      body,
      {
        ...sign(),
        "webhook-signature": `v1a,abc v1, v1,!! ${sign(newSecret())["webhook-signature"]} ${sign()["webhook-signature"]}`,
      },
      secret,
    ],
    ["nearly too old", body, sign(secret, { at: secondsAgo(290) }), secret],
    ["nearly too new", body, sign(secret, { at: secondsAgo(-290) }), secret],
  ])("%s", async (_, sent, headers, secrets) => {
    expect(await verifyWebhook(sent, headers, secrets)).toEqual(event);
  });

  test("its text beyond ASCII", async () => {
    const text = JSON.stringify({ ...event, data: { metadata: { city: "Санкт-Петербург 🏙" } } });
    expect(await verifyWebhook(text, sign(secret, { text }), secret)).toEqual(JSON.parse(text));
  });
});

describe("any other is refused, and its error says why", () => {
  test.each([
    ["another body", "no-matching-signature", `${body} `, sign(), secret],
    ["another id", "no-matching-signature", body, { ...sign(), "webhook-id": "msg_2" }, secret],
    [
      "another time",
      "no-matching-signature",
      body,
      { ...sign(), "webhook-timestamp": sign(secret, { at: secondsAgo(9) })["webhook-timestamp"] },
      secret,
    ],
    ["another secret", "no-matching-signature", body, sign(), newSecret()],
    ["no secret at all", "no-matching-signature", body, sign(), []],
    [
      "a signature cut short",
      "no-matching-signature",
      body,
      { ...sign(), "webhook-signature": sign()["webhook-signature"].slice(0, 20) },
      secret,
    ],
    [
      "a signature of another version",
      "no-matching-signature",
      body,
      { ...sign(), "webhook-signature": sign()["webhook-signature"].replace("v1", "v2") },
      secret,
    ],
    ["too old", "timestamp-too-old", body, sign(secret, { at: secondsAgo(310) }), secret],
    ["too new", "timestamp-too-new", body, sign(secret, { at: secondsAgo(-310) }), secret],
    ["a time that is none", "invalid-timestamp", body, { ...sign(), "webhook-timestamp": "1e9" }, secret],
    ["no id", "missing-header", body, { ...sign(), "webhook-id": undefined }, secret],
    ["no time", "missing-header", body, { ...sign(), "webhook-timestamp": undefined }, secret],
    ["no signature", "missing-header", body, { ...sign(), "webhook-signature": "" }, secret],
    ["a secret that is none", "invalid-secret", body, sign(), "whsec_*"],
    ["signed, but no JSON", "invalid-body", "{", sign(secret, { text: "{" }), secret],
  ])("%s", async (_, code, text, headers, secrets) => {
    expect(await codeOf(verifyWebhook(text, headers, secrets))).toBe(code);
  });

  test("what is older than the receiver tolerates", async () => {
    const headers = sign(secret, { at: secondsAgo(20) });
    expect(await codeOf(verifyWebhook(body, headers, secret, { toleranceS: 10 }))).toBe("timestamp-too-old");
    expect(await codeOf(verifyWebhook(body, headers, secret, { toleranceS: 30 }))).toBe("verified");
  });
});
