import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";

export interface SeenRequest {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  body: string;
  /** On the clock of `performance.now()`. */
  atMs: number;
}

export type Answer = (response: ServerResponse, request: SeenRequest) => unknown;

/** Answers the requests of one test as they come, each by the next answer, the last one again and again. */
export const startAnsweringServer = async (...answers: Answer[]) => {
  const requests: SeenRequest[] = [];
  const server = createServer(async (request, response) => {
    const atMs = performance.now();
    const body = await text(request).catch(() => "");
    const seen = { method: request.method!, path: request.url!, headers: request.headers, body, atMs };
    const answer = answers[Math.min(requests.push(seen), answers.length) - 1];
    answer?.(response, seen);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
};

export const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(body));

export const problem = (status: number, slug: string, headers: Record<string, string> = {}): Answer =>
  json(
    status,
    { type: `/problems/${slug}`, title: "No", status, detail: "not now" },
    { "Content-Type": "application/problem+json", ...headers },
  );

export const breakOff: Answer = (response) => response.destroy();

export const never: Answer = () => undefined;
