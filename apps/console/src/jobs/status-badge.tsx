import type { Delivery, JobStatus } from "@semblance/client";

export const StatusBadge = ({ status }: { status: JobStatus | Delivery["status"] }) => (
  <span class={`badge ${status}`}>{status}</span>
);
