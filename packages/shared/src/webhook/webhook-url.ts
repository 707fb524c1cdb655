import type { WebhookRules } from "./webhook-rules.ts";
export const refuseWebhookUrl = (url: string, _rules: WebhookRules): string | null =>
  URL.canParse(url) ? null : "is no URL";
export const webhookHost = (url: string): string => {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
};
