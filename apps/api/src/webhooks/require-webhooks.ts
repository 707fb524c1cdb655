import type { Dependencies } from "../dependencies.ts";
import { Problem } from "../problems/problem.ts";

/** @throws {Problem} `webhooks-not-configured` while there is nothing to sign them with */
export const requireWebhooks = ({ webhookMasters }: Dependencies): void => {
  if (webhookMasters.length === 0) throw new Problem("webhooks-not-configured");
};
