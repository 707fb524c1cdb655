import { randomBytes } from "node:crypto";
import { signMessage } from "@semblance/shared/webhook/sign-message";
import { deriveSecret, signingSecrets } from "@semblance/shared/webhook/signing-secrets";
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { verifyWebhook } from "../../packages/client/src/verify-webhook.ts";

const masters = [1, 2].map(() => `whsec_${randomBytes(32).toString("base64")}`);
const strangers = [1, 2].map((version) => deriveSecret(masters[0]!, "stranger", version));

type Headers = ReturnType<typeof signMessage>;

interface Received {
  headers: Headers;
  body: Buffer;
}

const changeText = (text: string, at: number) => {
  const place = at % text.length;
  return `${text.slice(0, place)}${text[place] === "7" ? "8" : "7"}${text.slice(place + 1)}`;
};

/** One bit of one of the signatures. */
const changeSignature = (header: string, at: number) => {
  const signatures = header.split(" ");
  const place = at % signatures.length;
  const bytes = Buffer.from(signatures[place]!.slice("v1,".length), "base64");
  bytes[at % bytes.length]! ^= 1;
  return signatures.with(place, `v1,${bytes.toString("base64")}`).join(" ");
};

const withHeader = (received: Received, name: keyof Headers, value: string): Received => ({
  ...received,
  headers: { ...received.headers, [name]: value },
});

/** What may happen to a message on its way. */
const changes: Record<string, (received: Received, at: number) => Received> = {
  nothing: (received) => received,
  "a byte of the body": ({ headers, body }, at) => {
    const changed = Buffer.from(body);
    changed[at % body.length]! ^= 1;
    return { headers, body: changed };
  },
  "the end of the body": ({ headers, body }, at) => ({ headers, body: body.subarray(0, at % body.length) }),
  "the id": (received, at) =>
    withHeader(received, "webhook-id", changeText(received.headers["webhook-id"], at)),
  "the time": (received, at) =>
    withHeader(received, "webhook-timestamp", String(Number(received.headers["webhook-timestamp"]) + at + 1)),
  "a signature": (received, at) =>
    withHeader(received, "webhook-signature", changeSignature(received.headers["webhook-signature"], at)),
  "the signatures' version": (received) =>
    withHeader(
      received,
      "webhook-signature",
      received.headers["webhook-signature"].replaceAll("v1,", "v1a,"),
    ),
  "a header that is missing": (received, at) =>
    withHeader(received, Object.keys(received.headers)[at % 3] as keyof Headers, ""),
};

/** Not so near to the limit of 300 s that it matters how long the test takes. */
const ages = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -240, max: 240 }) },
  { weight: 1, arbitrary: fc.integer({ min: 360, max: 10_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: -10_000, max: -360 }) },
);

const messages = fc.record({
  id: fc.stringMatching(/^dlv_[0-9a-f]{32}$/),
  ageS: ages,
  data: fc.jsonValue({ maxDepth: 2 }),
  versions: fc.constantFrom([1], [2, 1], [5, 4, 3, 2, 1]),
  masterCount: fc.constantFrom(1, 2),
  change: fc.constantFrom(...Object.keys(changes)),
  at: fc.nat(200),
  /** Which secret the receiver has; one beyond those there are is another tenant's. */
  secretIndex: fc.nat(10),
});

test("the client takes and refuses what the reference library takes and refuses", async () => {
  const outcomes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(messages, async ({ data, versions, masterCount, change, at, secretIndex, id, ageS }) => {
      const event = { type: "job.succeeded", timestamp: "2026-01-05T09:30:00.021Z", data };
      const secrets = signingSecrets(masters.slice(0, masterCount), "acme", versions);
      const body = Buffer.from(JSON.stringify(event));
      const timestampS = Math.floor(Date.now() / 1_000) - ageS;
      const signed = { headers: signMessage({ id, timestampS, body, secrets }), body };
      const received = changes[change]!(signed, at);
      const known = [...secrets, ...strangers];
      const secret = known[secretIndex % known.length]!;

      const byReference = await Promise.resolve()
        .then(() => new Webhook(secret).verify(received.body, { ...received.headers }))
        .catch(() => "refused");
      const byClient = await verifyWebhook(received.body, { ...received.headers }, secret).catch(
        () => "refused",
      );
      expect(byClient).toEqual(byReference);
      outcomes.add(`${change}: ${byClient === "refused" ? "refused" : "taken"}`);
      if (change === "nothing" && Math.abs(ageS) < 300 && !strangers.includes(secret)) {
        expect(byClient).toEqual(JSON.parse(JSON.stringify(event)));
      }
    }),
    { numRuns: 1_000 },
  );
  // Every change was met, and a signature that is not the receiver's may change.
  expect([...outcomes].filter((outcome) => outcome.endsWith("taken")).sort()).toEqual([
    "a signature: taken",
    "nothing: taken",
  ]);
  expect(outcomes.size).toBe(Object.keys(changes).length + 2);
});
