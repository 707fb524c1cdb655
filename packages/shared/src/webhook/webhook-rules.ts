/** What an operator allows webhooks to reach beside public HTTPS. */
export interface WebhookRules {
  /** Whether `http:` will do. */
  allowHttp: boolean;
  /** Allowed beside the scheme's own. */
  ports: readonly number[];
  /** Exempt from every rule about scheme, port and address. */
  allowHosts: readonly AllowedHost[];
}

export interface AllowedHost {
  /** As `URL` has it: lower case, IDN as punycode, IPv6 in brackets. */
  hostname: string;
  /** Any when `null`. */
  port: number | null;
}

/** The rules as both apps' configuration has them. */
export const toWebhookRules = (config: {
  webhookAllowHttp: boolean;
  webhookPorts: readonly number[];
  webhookAllowHosts: readonly AllowedHost[];
}): WebhookRules => ({
  allowHttp: config.webhookAllowHttp,
  ports: config.webhookPorts,
  allowHosts: config.webhookAllowHosts,
});
