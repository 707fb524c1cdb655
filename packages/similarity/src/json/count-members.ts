import { isString, skipString, skipWhitespace } from "./scan-json.ts";

const COLON = 0x3a;

/**
 * How many members all objects of a document have together, whatever their depth.
 *
 * @param bytes a valid JSON document
 */
export const countMembers = (bytes: Uint8Array): number => {
  let count = 0;
  let at = 0;
  while (at < bytes.length) {
    if (isString(bytes, at)) {
      at = skipString(bytes, at);
      // Outside of strings a colon stands behind a name alone.
      if (bytes[skipWhitespace(bytes, at)] === COLON) count += 1;
    } else {
      at += 1;
    }
  }
  return count;
};
