import type { CandidateLimits } from "../json/scan-candidates.ts";
import type { Kernel } from "./kernel.ts";

/** What the kernel wants to find behind a JSON text. */
const SENTINEL_BYTES = 16;
const UNLIMITED = 0xffff_ffff;
const WORD = 4;

/**
 * Puts JSON into the kernel's memory, with arrays for the places of its texts, to be scanned there.
 *
 * @param rooms how many texts' places are kept; a power of two where there may be more, of which the last ones then are
 */
export const loadJson = (kernel: Kernel, json: Uint8Array, limits: CandidateLimits, rooms: number) => {
  const offsets = kernel.take(rooms * WORD);
  const byteLengths = kernel.take(rooms * WORD);
  const lengths = kernel.take(rooms * WORD);
  const ids = { offsets: kernel.take(rooms * WORD), lengths: kernel.take(rooms * WORD) };
  const at = kernel.take(json.length + SENTINEL_BYTES);
  const bytes = kernel.bytes(at, json.length + SENTINEL_BYTES);
  bytes.set(json);
  bytes.fill(0, json.length);
  kernel.exports.setTexts(offsets, byteLengths, 0, lengths);
  kernel.exports.setScan(
    Math.min(limits.countMax, UNLIMITED),
    Math.min(limits.textCharsMax, UNLIMITED),
    Math.min(limits.idCharsMax, UNLIMITED),
    limits.countMax <= rooms ? UNLIMITED : rooms - 1,
    ids.offsets,
    ids.lengths,
  );
  return { at, offsets, byteLengths, lengths, ids };
};
