import type { ScoringResult } from "@semblance/shared/job/job-view";

/**
 * A result as the bytes that clients get.
 *
 * @param ids by index of the candidate; `null` when none has one
 * @param scored how many candidates were scored
 */
export const writeResult = (
  ranked: readonly { index: number; score: number }[],
  ids: readonly (string | null)[] | null,
  scored: number,
  durationMs: number,
): Uint8Array => {
  const result: ScoringResult = {
    results: ranked.map(({ index, score }) => ({ index, id: ids?.[index] ?? null, score })),
    scored,
    duration_ms: Math.round(durationMs * 1_000) / 1_000,
  };
  return new TextEncoder().encode(JSON.stringify(result));
};
