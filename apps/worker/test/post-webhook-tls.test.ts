import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import type { WebhookRules } from "@semblance/shared/webhook/webhook-rules";
import { generate } from "selfsigned";
import { expect, onTestFinished, test } from "vitest";
import type { PostOutcome } from "../src/webhooks/post-webhook.ts";
import { receive } from "./receiver.ts";

const HOST = "hook.example";
const DAY_MS = 86_400_000;

interface Pair {
  key: string;
  cert: string;
}

interface Certificate {
  name?: string;
  signedBy?: Pair;
  /** From and until when it is valid, in days from now. */
  validDays?: [number, number];
}

/** Signed by itself unless told otherwise. */
const certify = async ({ name = HOST, signedBy, validDays = [-1, 1] }: Certificate): Promise<Pair> => {
  const [fromDays, untilDays] = validDays;
  const { private: key, cert } = await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    algorithm: "sha256",
    notBeforeDate: new Date(Date.now() + fromDays * DAY_MS),
    notAfterDate: new Date(Date.now() + untilDays * DAY_MS),
    ...(signedBy ? { ca: signedBy } : {}),
  });
  return { key, cert };
};

const createAuthority = async (name: string): Promise<Pair> => {
  const { private: key, cert } = await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { key, cert };
};

/** A receiver that counts what it reads of requests. */
const receiveTls = async (pair: Pair) => {
  let requests = 0;
  const server = createServer(pair, (_, response) => {
    requests += 1;
    response.end("thanks");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  return { port: (server.address() as AddressInfo).port, requests: () => requests };
};

const saveAuthority = async ({ cert }: Pair): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "semblance-ca-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "ca.pem");
  await writeFile(path, cert);
  return path;
};

const postEach = async (urls: string[], extraCaCerts: string): Promise<PostOutcome[]> => {
  const rules: WebhookRules = {
    allowHttp: false,
    ports: [],
    allowHosts: urls.map((url) => ({ hostname: new URL(url).hostname, port: Number(new URL(url).port) })),
  };
  const child = spawn(process.execPath, [new URL("post-each.ts", import.meta.url).pathname], {
    env: {
      ...process.env,
      NODE_EXTRA_CA_CERTS: extraCaCerts,
      // Webhooks are not what it is meant for.
      NODE_TLS_REJECT_UNAUTHORIZED: "0",
      NODE_NO_WARNINGS: "1",
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill());
  child.stdin.end(JSON.stringify({ urls, rules }));
  return (await json(child.stdout)) as PostOutcome[];
};

test("a webhook is sent where the certificate is this host's, valid and trusted, and not a byte of it elsewhere", async () => {
  const authority = await createAuthority("an operator's own");
  const unknown = await createAuthority("nobody's");
  const cases: [string, string, Pair][] = [
    ["delivered", HOST, await certify({ signedBy: authority })],
    ["delivered", `${HOST}.`, await certify({ signedBy: authority })],
    ["bad_certificate", HOST, await certify({})],
    ["bad_certificate", HOST, await certify({ signedBy: unknown })],
    ["bad_certificate", HOST, await certify({ signedBy: authority, name: "other.example" })],
    ["bad_certificate", "127.0.0.1", await certify({ signedBy: authority })],
    ["bad_certificate", HOST, await certify({ signedBy: authority, validDays: [-2, -1] })],
    ["bad_certificate", HOST, await certify({ signedBy: authority, validDays: [1, 2] })],
  ];
  const receivers = await Promise.all(cases.map(([, , pair]) => receiveTls(pair)));
  const urls = cases.map(([, host], index) => `https://${host}:${receivers[index]!.port}/hook`);
  const outcomes = await postEach(urls, await saveAuthority(authority));
  expect(
    outcomes.map(({ status, error }, index) => [error?.code ?? status, receivers[index]!.requests()]),
  ).toEqual(cases.map(([expected]) => (expected === "delivered" ? [200, 1] : [expected, 0])));
});

test("a receiver that speaks no TLS is told of", async () => {
  const { port } = await receive((socket) => socket.resume().end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  const authority = await createAuthority("an operator's own");
  const [outcome] = await postEach([`https://${HOST}:${port}/`], await saveAuthority(authority));
  expect(outcome).toMatchObject({ status: null, error: { code: "tls_failed" } });
});
