import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** A webhook as it came. */
export interface ReceivedWebhook {
  /** Its `webhook-id`. */
  id: string;
  headers: Record<string, string>;
  body: Buffer;
  message: {
    type: string;
    timestamp: string;
    data: Record<string, unknown> & { id: string; status: string };
  };
}

export interface WebhookReceiver {
  url: string;
  /** As `WEBHOOK_ALLOW_HOSTS` wants it. */
  host: string;
  received: ReceivedWebhook[];
  close: () => Promise<void>;
}

type Answer = (webhook: ReceivedWebhook, response: ServerResponse) => unknown;

const read = async (request: IncomingMessage): Promise<ReceivedWebhook> => {
  const body = await buffer(request);
  const headers = request.headers as Record<string, string>;
  return { id: headers["webhook-id"]!, headers, body, message: JSON.parse(body.toString()) };
};

/** A server that takes webhooks, on a free loopback port. */
export const startWebhookReceiver = async (
  answer: Answer = (_, response) => response.writeHead(204).end(),
): Promise<WebhookReceiver> => {
  const received: ReceivedWebhook[] = [];
  const server = createServer((request, response) => {
    read(request).then(
      (webhook) => {
        received.push(webhook);
        answer(webhook, response);
      },
      // Its sender was killed.
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${host}/hook`,
    host,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
