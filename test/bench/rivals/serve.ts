import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { announceReady } from "@semblance/shared/lifecycle/launcher";

/** What a job looks like to those that parse it. */
export interface ParsedJob {
  query: string;
  candidates: string[];
  metric: "levenshtein";
  top_n: number;
}

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

/**
 * A service as teams write one by hand, for the benchmarks: reads a body, hands it over, and answers with what comes of it.
 *
 * @param submit of `POST /v1/jobs`
 * @param read of `GET /v1/jobs/{id}`, where jobs are not done when they are answered
 */
export const serve = (
  submit: (body: Buffer) => Promise<object> | object,
  read: (id: string) => Promise<object> = async () => ({}),
): void => {
  const server = createServer(async (request, response) => {
    try {
      const answer = await (request.method === "POST"
        ? submit(await readBody(request))
        : request.url === "/healthz"
          ? {}
          : read(request.url!.split("/").at(-1)!));
      response.writeHead(request.method === "POST" ? 202 : 200, { "Content-Type": "application/json" });
      response.end(JSON.stringify(answer));
    } catch (error) {
      response.writeHead(503).end(String(error));
    }
  });
  server.listen(0, "127.0.0.1", () => {
    announceReady({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  });
  process.on("disconnect", () => process.exit(0));
};
