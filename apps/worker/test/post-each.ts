import { text } from "node:stream/consumers";
import type { WebhookRules } from "@semblance/shared/webhook/webhook-rules";
import { postWebhook } from "../src/webhooks/post-webhook.ts";

// A process whose NODE_EXTRA_CA_CERTS are an operator's: Node reads them when it starts. Every name leads to this machine.
const { urls, rules }: { urls: string[]; rules: WebhookRules } = JSON.parse(await text(process.stdin));
const post = (url: string) =>
  postWebhook({
    url,
    body: Buffer.from("{}"),
    headers: {},
    rules,
    timeoutMs: 20_000,
    signal: new AbortController().signal,
    resolve: async () => [{ address: "127.0.0.1", family: 4 }],
  });
process.stdout.write(JSON.stringify(await Promise.all(urls.map(post))));
