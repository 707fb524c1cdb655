import { isArray, isObject, isString, skipString } from "./scan-json.ts";

const COMMA = 0x2c;

/**
 * How many values a document has, itself included, whatever their depth; an empty array or object counts as two.
 *
 * @param bytes a valid JSON document
 */
export const countValues = (bytes: Uint8Array): number => {
  let count = 1;
  let at = 0;
  while (at < bytes.length) {
    if (isString(bytes, at)) {
      at = skipString(bytes, at);
      continue;
    }
    if (bytes[at] === COMMA || isArray(bytes, at) || isObject(bytes, at)) count += 1;
    at += 1;
  }
  return count;
};
