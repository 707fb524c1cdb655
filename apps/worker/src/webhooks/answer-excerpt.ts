/** So much is read of an answer, for an ordinary receiver to get rid of it before its connection ends. */
export const READ_BYTES_MAX = 65_536;
const KEPT_BYTES_MAX = 1_024;

/** Any control character but tab and line feed. */
const CONTROLS = /[^\P{Cc}\t\n]/gu;

const toText = (bytes: Buffer): string =>
  // A character that is cut in half at the end is left out.
  new TextDecoder()
    .decode(bytes, { stream: bytes.length === KEPT_BYTES_MAX })
    .replaceAll("\r\n", "\n")
    .replace(CONTROLS, "\uFFFD");

/**
 * The first 1 KiB of an answer, to be shown. What breaks off, or is broken off, is told as far as it came.
 *
 * @returns text, U+FFFD in the place of invalid UTF-8 and of control characters
 */
export const readExcerpt = async (body: AsyncIterable<Buffer>): Promise<string> => {
  const kept: Buffer[] = [];
  let readBytes = 0;
  try {
    for await (const piece of body) {
      if (readBytes < KEPT_BYTES_MAX) kept.push(piece.subarray(0, KEPT_BYTES_MAX - readBytes));
      readBytes += piece.length;
      if (readBytes >= READ_BYTES_MAX) break;
    }
  } catch {
    // How it ended is of no interest: its status is known.
  }
  return toText(Buffer.concat(kept));
};
