import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { queryDns } from "../src/webhooks/query-dns.ts";

const TYPE_A = 1;
const NO_NAME = 3;

let socket: Socket | undefined;
afterEach(() => socket?.close());

/** The name that is asked for, and where in the question its type stands (RFC 1035, section 4.1.2). */
const readQuestion = (query: Buffer) => {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at]!; length > 0; length = query[at]!) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join("."), typeAt: at + 1 };
};

/** A name server that knows one name; it answers nothing about names that begin with `silent`. */
const startNameServer = async (known: string, address: string) => {
  const server = createSocket("udp4");
  socket = server;
  const asked: string[] = [];
  server.on("message", (query, { port }) => {
    const { name, typeAt } = readQuestion(query);
    asked.push(name);
    if (name.startsWith("silent")) return;
    const hasAnswer = name === known && query.readUInt16BE(typeAt) === TYPE_A;
    const header = Buffer.from(query.subarray(0, 12));
    header.writeUInt16BE(name === known ? 0x8180 : 0x8180 | NO_NAME, 2);
    header.writeUInt16BE(hasAnswer ? 1 : 0, 6);
    header.writeUInt32BE(0, 8);
    const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split(".").map(Number)]);
    const question = query.subarray(12, typeAt + 4);
    server.send(Buffer.concat([header, question, ...(hasAnswer ? [answer] : [])]), port, "127.0.0.1");
  });
  server.bind(0, "127.0.0.1");
  await once(server, "listening");
  return { servers: [`127.0.0.1:${(server.address() as AddressInfo).port}`], asked };
};

const never = new AbortController().signal;

test("a name leads to the addresses that DNS has, of either family", async () => {
  const { servers } = await startNameServer("hooks.example.com", "203.0.113.7");
  expect(await queryDns("hooks.example.com", never, servers)).toEqual([
    { address: "203.0.113.7", family: 4 },
  ]);
});

test("a name that there is not is an error", async () => {
  const { servers } = await startNameServer("hooks.example.com", "203.0.113.7");
  await expect(queryDns("other.example.com", never, servers)).rejects.toMatchObject({ code: "ENOTFOUND" });
});

test("a name server that never answers holds up no other name, and is given up when the attempt is", async () => {
  const { servers, asked } = await startNameServer("hooks.example.com", "203.0.113.7");
  const attempt = new AbortController();
  const silent = Array.from({ length: 20 }, (_, index) =>
    queryDns(`silent-${index}.example.com`, attempt.signal, servers),
  );
  // Each asks for two kinds of addresses.
  while (asked.length < 2 * silent.length) await once(socket!, "message");
  expect(await queryDns("hooks.example.com", never, servers)).toHaveLength(1);
  attempt.abort();
  for (const outcome of await Promise.allSettled(silent)) {
    expect(outcome).toMatchObject({ status: "rejected", reason: { code: "ECANCELLED" } });
  }
});
