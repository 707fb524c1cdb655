import type { CandidateLimits } from "../json/scan-candidates.ts";
import type { Kernel } from "./kernel.ts";

/** What the kernel wants to find behind a JSON text. */
const SENTINEL_BYTES = 16;
const UNLIMITED = 0xffff_ffff;
const WORD = 4;

/** Arrays for what a scan finds, u32 by text. */
export interface ScanPlaces {
  offsets: number;
  byteLengths: number;
  lengths: number;
  ids: { offsets: number; lengths: number };
}

/** Puts JSON into the kernel's memory, and tells where. */
export const loadJson = (kernel: Kernel, json: Uint8Array): number => {
  const at = kernel.take(json.length + SENTINEL_BYTES);
  const bytes = kernel.bytes(at, json.length + SENTINEL_BYTES);
  bytes.set(json);
  bytes.fill(0, json.length);
  return at;
};

/** @param rooms how many texts they are for */
export const takePlaces = (kernel: Kernel, rooms: number): ScanPlaces => {
  const take = () => kernel.take(rooms * WORD);
  return {
    offsets: take(),
    byteLengths: take(),
    lengths: take(),
    ids: { offsets: take(), lengths: take() },
  };
};

/**
 * Prepares a scan.
 *
 * @param keptBits of a text's index, by which it has its place; all of them unless there are fewer rooms
 * @param escapesMax how many escapes are decoded before the scan declines
 */
export const setScan = (
  kernel: Kernel,
  limits: CandidateLimits,
  { offsets, byteLengths, lengths, ids }: ScanPlaces,
  { keptBits = UNLIMITED, escapesMax = UNLIMITED } = {},
): void => {
  kernel.exports.setTexts(offsets, byteLengths, 0, lengths);
  kernel.exports.setScan(
    Math.min(limits.countMax, UNLIMITED),
    Math.min(limits.textCharsMax, UNLIMITED),
    Math.min(limits.idCharsMax, UNLIMITED),
    keptBits,
    Math.min(escapesMax, UNLIMITED),
    ids.offsets,
    ids.lengths,
  );
};
