import { z } from "zod";
import type { AllowedHost } from "../webhook/webhook-rules.ts";
import { flag, integer, type Variable } from "./variables.ts";

const DAY_S = 86_400;

/** `whsec_` and base64 of so many bytes or more, as Standard Webhooks has secrets. */
const MASTER_BYTES_MIN = 24;

const masterSecret = (meaning: string): Variable<string> => ({
  // A refusal does not quote it.
  schema: z
    .string()
    .refine(
      (value) =>
        value === "" ||
        (/^whsec_[A-Za-z0-9+/]+={0,2}$/.test(value) &&
          Buffer.from(value.slice("whsec_".length), "base64").length >= MASTER_BYTES_MIN),
      `is not whsec_ and the base64 of ${MASTER_BYTES_MIN} bytes or more`,
    ),
  default: "",
  meaning,
});

const ports = (meaning: string): Variable<number[]> => ({
  schema: z
    .string()
    .transform((value) => (value === "" ? [] : value.split(",").map((port) => port.trim())))
    .refine(
      (list) => list.every((port) => /^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) < 65_536),
      "is no list of ports with commas in between",
    )
    .transform((list) => list.map(Number)),
  default: "",
  meaning,
});

/** A host as `URL` writes it, with its port unless that is left out; `null` for what is none. */
const parseHost = (entry: string): AllowedHost | null => {
  const port = /:(\d{1,5})$/.exec(entry)?.[1];
  const host = port === undefined ? entry : entry.slice(0, -port.length - 1);
  const url = `http://${host}/`;
  if (!/^(\[[\da-f:.]+\]|[^\s/?#@:[\]]+)$/i.test(host) || !URL.canParse(url)) return null;
  if (port !== undefined && (Number(port) === 0 || Number(port) > 65_535)) return null;
  return { hostname: new URL(url).hostname, port: port === undefined ? null : Number(port) };
};

const hosts = (meaning: string): Variable<AllowedHost[]> => ({
  schema: z
    .string()
    .transform((value) => (value === "" ? [] : value.split(",").map((entry) => parseHost(entry.trim()))))
    .refine(
      (list) => list.every((host) => host !== null),
      "is no list of host or host:port with commas in between",
    )
    .transform((list) => list as AllowedHost[]),
  default: "",
  meaning,
});

/** What both apps read of webhooks, and must read alike. */
export const webhookVariables = {
  WEBHOOK_MASTER_SECRET: masterSecret(
    "What every tenant's signing secret is derived from: `whsec_` and the base64 of 24 random bytes or more. Without it webhooks are refused.",
  ),
  WEBHOOK_MASTER_SECRET_PREVIOUS: masterSecret(
    "The one before, while it is replaced: webhooks are signed by both.",
  ),
  WEBHOOK_ALLOW_HTTP: flag("Whether webhooks may go to `http:` URLs, which anyone on the way can read."),
  WEBHOOK_PORTS: ports(
    "Ports that webhooks may go to beside 443, or 80 where `http:` is allowed, with commas in between.",
  ),
  WEBHOOK_ALLOW_HOSTS: hosts(
    "Hosts that webhooks may go to whatever their scheme, port and address, as `host` or `host:port` with commas in between: for private networks.",
  ),
  WEBHOOK_RESULT_BYTES_MAX: integer(
    16_384,
    { min: 0, max: 1_048_576 },
    "Up to how many bytes a result is in the webhook itself; a larger one is left to be fetched.",
  ),
  DELIVERY_TTL_S: integer(
    7 * DAY_S,
    { min: 1, max: 30 * DAY_S },
    "How long a webhook's delivery and its attempts are kept after the last of them.",
  ),
} satisfies Record<string, Variable<unknown>>;
