import { hkdfSync } from "node:crypto";

const PREFIX = "whsec_";
const SECRET_BYTES = 32;

/**
 * A tenant's signing secret of this version, by HKDF-SHA256 (RFC 5869): nothing that is stored tells it, and none tells another.
 *
 * @param master `whsec_` and base64
 * @returns `whsec_` and the base64 of 32 bytes
 */
export const deriveSecret = (master: string, tenant: string, version: number): string => {
  // The version is digits alone: what follows it is the tenant, whatever its name holds.
  const info = `semblance/webhook-secret/${version}/${tenant}`;
  const key = Buffer.from(master.slice(PREFIX.length), "base64");
  return `${PREFIX}${Buffer.from(hkdfSync("sha256", key, "", info, SECRET_BYTES)).toString("base64")}`;
};

/**
 * All secrets that a tenant's webhooks are signed with, the current first: of each version that of each master.
 *
 * @param masters current first
 * @param versions current first; see secret-versions.ts
 */
export const signingSecrets = (
  masters: readonly string[],
  tenant: string,
  versions: readonly number[],
): string[] => versions.flatMap((version) => masters.map((master) => deriveSecret(master, tenant, version)));

/** The master secrets as both apps' configuration has them, the current first; none when webhooks are off. */
export const toMasterSecrets = (config: {
  webhookMasterSecret: string;
  webhookMasterSecretPrevious: string;
}): string[] =>
  config.webhookMasterSecret === ""
    ? []
    : [config.webhookMasterSecret, config.webhookMasterSecretPrevious].filter((secret) => secret !== "");
