import { Agent, request } from "node:http";

const agent = new Agent({ keepAlive: true, maxSockets: 512 });

export interface CallAnswer {
  status: number;
  body: Buffer;
}

/** One request on a connection that is kept: with a body a POST, without one a GET. */
export const call = (url: string, body?: Buffer) =>
  new Promise<CallAnswer>((resolve, reject) => {
    const headers = body
      ? { "Content-Type": "application/json", "Content-Length": body.length }
      : { Accept: "application/json" };
    request(url, { method: body ? "POST" : "GET", agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response
        .on("data", (chunk: Buffer) => chunks.push(chunk))
        .on("end", () => resolve({ status: response.statusCode!, body: Buffer.concat(chunks) }))
        .on("error", reject);
    })
      .on("error", reject)
      .end(body);
  });
