import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { signMessage } from "@semblance/shared/webhook/sign-message";
import { signingSecrets } from "@semblance/shared/webhook/signing-secrets";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startOwnApi } from "../support/own-api.ts";
import { compileClosed } from "./openapi/compile-schema.ts";
import { readDocument, withoutReferences } from "./openapi/document.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const guide = await readFile(join(root, "docs/webhooks.md"), "utf8");

const hasPython = () => {
  try {
    return execFileSync("python3", ["--version"]).length > 0;
  } catch {
    return false;
  }
};

/** Each block that begins with the name of its file. */
const receivers = [...guide.matchAll(/```(?:js|python)\n(?:\/\/|#) (\S+)\n([\s\S]*?)```/g)].map(
  ([, name, program]) => ({ name: name!, program: program! }),
);

const message = JSON.parse(/```json\n(\{\n[\s\S]*?)```/.exec(guide)![1]!);
const body = Buffer.from(JSON.stringify(message));
const HANDLED = `${message.type} ${message.data.id}`;

const [secret, older] = signingSecrets([`whsec_${randomBytes(32).toString("base64")}`], "acme", [2, 1]) as [
  string,
  string,
];
const stranger = `whsec_${randomBytes(32).toString("base64")}`;

let folder: string;
let running: ChildProcess | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "semblance-receivers-"));
  await mkdir(join(folder, "node_modules/@semblance"), { recursive: true });
  await symlink(join(root, "packages/client"), join(folder, "node_modules/@semblance/client"));
  for (const { name, program } of receivers) await writeFile(join(folder, name), program);
});

const stop = async () => {
  if (running && running.exitCode === null && running.signalCode === null) {
    running.kill();
    await once(running, "close");
  }
};

afterEach(stop);
afterAll(() => rm(folder, { recursive: true }));

/** Runs a receiver as a reader would, and waits until it listens. */
const start = async (name: string, secrets: string[]) => {
  const command = name.endsWith(".py") ? "python3" : process.execPath;
  const child = spawn(command, [name], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      PORT: "0",
      WEBHOOK_SECRETS: secrets.join(","),
    },
    stdio: ["ignore", "pipe", "ignore"],
  });
  running = child;
  let printed = "";
  const listening = Promise.withResolvers<string>();
  child.once("close", () => listening.reject(new Error(`${name} ended: ${printed}`)));
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
    const port = /listening on (\d+)\n/.exec(printed)?.[1];
    if (port) listening.resolve(port);
  });
  const url = `http://127.0.0.1:${await listening.promise}/`;
  return {
    send: async (headers: Record<string, string>, sent = body) =>
      (
        await fetch(url, {
          method: "POST",
          headers: { "Content-Type": "application/json", ...headers },
          body: new Uint8Array(sent),
          signal: AbortSignal.timeout(10_000),
        })
      ).status,
    /** Ends it; gives the lines that it printed of what it handled. */
    readHandled: async () => {
      await stop();
      return printed.trim().split("\n").slice(1);
    },
  };
};

const sign = ({ id = "dlv_1", ageS = 0, secrets = [secret], of = body } = {}) => ({
  ...signMessage({ id, timestampS: Math.floor(Date.now() / 1_000) - ageS, body: of, secrets }),
});

test("the message that the guide shows is one that the API's document tells of", async () => {
  const { api } = await startOwnApi();
  const { WebhookMessage } = withoutReferences(await readDocument(api.url)).components.schemas;
  expect(compileClosed(WebhookMessage!)(message)).toBeUndefined();
});

test("the guide has the three receivers that are tested here", () => {
  expect(receivers.map(({ name }) => name)).toEqual(["receive-with-client.mjs", "receive.mjs", "receive.py"]);
});

const runnable = receivers.filter(({ name }) => !name.endsWith(".py") || hasPython());

describe.each(runnable)("$name of the guide", ({ name }) => {
  test("handles a message once, however often it is sent", async () => {
    const { send, readHandled } = await start(name, [secret]);
    expect(await send(sign())).toBe(204);
    expect(await send(sign())).toBe(204);
    expect(await send(sign({ ageS: -5 }))).toBe(204);
    expect(await readHandled()).toEqual([HANDLED]);
  });

  test("handles each of several", async () => {
    const { send, readHandled } = await start(name, [secret]);
    for (const id of ["dlv_1", "dlv_2"]) expect(await send(sign({ id }))).toBe(204);
    expect(await readHandled()).toEqual([HANDLED, HANDLED]);
  });

  test("takes what any of its secrets signed, and one of several signatures", async () => {
    const { send } = await start(name, [secret, older]);
    expect(await send(sign({ id: "dlv_1", secrets: [older] }))).toBe(204);
    expect(await send(sign({ id: "dlv_2", secrets: [secret, older] }))).toBe(204);
    expect(await send(sign({ id: "dlv_3", secrets: [stranger, older] }))).toBe(204);
  });

  test("refuses what was changed, is from another, is old or of the future, and handles none of it", async () => {
    const { send, readHandled } = await start(name, [secret]);
    const changed = Buffer.from(body.toString().replace("succeeded", "exceeded!"));
    expect(changed).toHaveLength(body.length);
    expect(await send(sign(), changed)).toBe(401);
    expect(await send({ ...sign(), "webhook-id": "dlv_2" })).toBe(401);
    expect(await send(sign({ secrets: [stranger] }))).toBe(401);
    expect(await send(sign({ ageS: 330 }))).toBe(401);
    expect(await send(sign({ ageS: -330 }))).toBe(401);
    expect(await send({ ...sign(), "webhook-timestamp": "now" })).toBe(401);
    expect(await send({ ...sign(), "webhook-signature": "v1, v1,\u00e9" })).toBe(401);
    for (const missing of Object.keys(sign())) {
      const headers = Object.entries(sign()).filter(([header]) => header !== missing);
      expect([missing, await send(Object.fromEntries(headers))]).toEqual([missing, 401]);
    }
    expect(await readHandled()).toEqual([]);
  });

  test.each([
    ["no secret", []],
    ["an empty one among them", [secret, ""]],
  ])("does not start with %s, which anyone could sign with", async (_, secrets) => {
    await expect(start(name, secrets)).rejects.toThrow("ended");
  });

  test("takes no more than it has room for", async () => {
    const { send, readHandled } = await start(name, [secret]);
    const large = Buffer.concat([body, Buffer.alloc(2 ** 21, " ")]);
    // Whoever answers before it has read all may be cut off while the rest is sent.
    const outcome = await send(sign({ of: large }), large).catch(() => "cut off");
    expect([413, "cut off"]).toContain(outcome);
    expect(await readHandled()).toEqual([]);
  });
});
