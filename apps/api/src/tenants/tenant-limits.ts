import type { TenantLimits } from "../admission/admission.ts";
import type { KeyRing } from "./key-ring.ts";

export interface TenantLimitOptions {
  queueDepthMax: number;
  storeBytesMax: number;
  tenantJobsMax: number;
  tenantBytesMax: number;
  /** In percent. */
  tenantShareMax: number;
}

/** What a tenant may take: its own limits, and where there are others no more than a share of what there is. */
export const tenantLimits = (
  { queueDepthMax, storeBytesMax, tenantJobsMax, tenantBytesMax, tenantShareMax }: TenantLimitOptions,
  { tenantCount }: Pick<KeyRing, "tenantCount">,
): TenantLimits => {
  if (tenantCount < 2) return { jobsMax: tenantJobsMax, bytesMax: tenantBytesMax };
  const share = (all: number) => Math.max(1, Math.floor((all * tenantShareMax) / 100));
  return {
    jobsMax: Math.min(tenantJobsMax, share(queueDepthMax)),
    bytesMax: Math.min(tenantBytesMax, share(storeBytesMax)),
  };
};
