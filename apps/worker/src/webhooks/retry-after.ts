/** The three forms of an HTTP-date, of which the last two are obsolete (RFC 9110, 5.6.7); `Date.parse` reads much else. */
const HTTP_DATES = [
  /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/,
];

const parseHttpDate = (text: string): number => {
  if (!HTTP_DATES.some((form) => form.test(text))) return Number.NaN;
  return Date.parse(text.endsWith("GMT") ? text : `${text} GMT`);
};

/**
 * How long a receiver asks to be left alone, by its `Retry-After` (RFC 9110, 10.2.3).
 *
 * @param value the header; a list when it came more than once, which says nothing
 * @returns whole seconds from now, 0 for a time that has passed; `null` for what is neither seconds nor a date
 */
export const parseRetryAfter = (value: string | string[] | undefined, nowMs: number): number | null => {
  if (typeof value !== "string") return null;
  if (/^\d{1,10}$/.test(value)) return Number(value);
  const atMs = parseHttpDate(value);
  return Number.isNaN(atMs) ? null : Math.max(0, Math.ceil((atMs - nowMs) / 1_000));
};
