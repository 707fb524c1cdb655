import type { ScoringResult } from "@semblance/shared/job/job-view";

/**
 * A result as the bytes that clients get.
 *
 * @param scored how many candidates were scored
 */
export const writeResult = (
  ranked: readonly { index: number; id: string | null; score: number }[],
  scored: number,
  durationMs: number,
): Uint8Array => {
  const result: ScoringResult = {
    results: ranked.map(({ index, id, score }) => ({ index, id, score })),
    scored,
    duration_ms: Math.round(durationMs * 1_000) / 1_000,
  };
  return new TextEncoder().encode(JSON.stringify(result));
};
