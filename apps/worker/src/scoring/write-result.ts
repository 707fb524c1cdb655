import { resultBytesMax } from "@semblance/shared/job/result-bytes";

export interface ResultRow {
  index: number;
  score: number;
  /** The JSON string that came with the candidate, as it came. */
  id: Uint8Array | null;
}

/** Up to here a string costs less to hand over than bytes. */
const STRING_BYTES_MAX = 16_384;

/**
 * A result as the bytes that clients get: a scoring result as JSON, written row by row without making a string of the whole.
 *
 * @param scored how many candidates were scored
 */
export const writeResult = (
  ranked: readonly ResultRow[],
  scored: number,
  durationMs: number,
): string | Uint8Array<ArrayBuffer> => {
  const idBytes = ranked.reduce((sum, { id }) => sum + (id?.length ?? 0), 0);
  const bytesMax = resultBytesMax(ranked.length, idBytes);
  // With bytes of Node's pool all of the pool would be handed over.
  const bytes = bytesMax > STRING_BYTES_MAX ? Buffer.allocUnsafeSlow(bytesMax) : Buffer.allocUnsafe(bytesMax);
  let at = 0;
  const write = (ascii: string) => {
    at += bytes.write(ascii, at, "latin1");
  };
  write('{"results":[');
  ranked.forEach(({ index, score, id }, place) => {
    write(`${place === 0 ? "" : ","}{"index":${index},"id":`);
    if (id) {
      bytes.set(id, at);
      at += id.length;
    } else write("null");
    write(`,"score":${score}}`);
  });
  write(`],"scored":${scored},"duration_ms":${Math.round(durationMs * 1_000) / 1_000}}`);
  return at > STRING_BYTES_MAX ? bytes.subarray(0, at) : bytes.toString("utf8", 0, at);
};
