import { fail } from "./fail.ts";

const LOWER_U = 0x75;

/** What the byte behind a backslash stands for, as a UTF-16 unit; 0 for those that stand for nothing. */
const SHORT_ESCAPES = new Uint8Array(256);
for (const [kind, unit] of Object.entries({
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
})) {
  SHORT_ESCAPES[kind.charCodeAt(0)] = unit.charCodeAt(0);
}

/** What a hexadecimal digit is worth; -1 for other bytes. */
const HEX_VALUE = Int8Array.from({ length: 256 }, (_, byte) =>
  "0123456789abcdef".indexOf(String.fromCharCode(byte).toLowerCase()),
);

/**
 * @param from the backslash
 * @returns the offset behind the escape
 * @throws {JsonSyntaxError}
 */
export const skipEscape = (bytes: Uint8Array, from: number): number => {
  const kind = bytes[from + 1];
  if (kind !== undefined && SHORT_ESCAPES[kind]) return from + 2;
  if (kind !== LOWER_U) return fail(bytes, from + 1, "unknown escape");
  for (let digit = from + 2; digit < from + 6; digit += 1) {
    const byte = bytes[digit];
    if (byte === undefined || HEX_VALUE[byte]! < 0) {
      return fail(bytes, digit, "an escape needs four hexadecimal digits");
    }
  }
  return from + 6;
};

/**
 * The UTF-16 unit that an escape stands for.
 *
 * @param from the backslash of an escape that `skipEscape` has accepted
 */
export const readEscape = (bytes: Uint8Array, from: number): number => {
  const kind = bytes[from + 1]!;
  if (kind !== LOWER_U) return SHORT_ESCAPES[kind]!;
  let unit = 0;
  for (let digit = from + 2; digit < from + 6; digit += 1) unit = unit * 16 + HEX_VALUE[bytes[digit]!]!;
  return unit;
};
