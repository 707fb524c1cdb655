/** One character of white space as Python's `str.split()`, and so RapidFuzz, has it. */
export const WHITESPACE =
  "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
