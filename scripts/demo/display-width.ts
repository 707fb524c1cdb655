const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
const WIDE =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303F\uFF01-\uFF60]/u;
const INVISIBLE = /^[\p{Mark}\p{Control}\p{Format}]+$/u;

const graphemeWidth = (grapheme: string): number => {
  if (INVISIBLE.test(grapheme)) return 0;
  return WIDE.test(grapheme) ? 2 : 1;
};

/** How many columns of a terminal a text takes: East Asian characters and emoji take two, combining marks none. */
export const displayWidth = (text: string): number => {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
};

export const padToWidth = (text: string, width: number): string =>
  text + " ".repeat(Math.max(0, width - displayWidth(text)));

/** Cuts what is wider, and shows that it did. */
export const cutToWidth = (text: string, width: number): string => {
  if (displayWidth(text) <= width) return text;
  let cut = "";
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += graphemeWidth(segment);
    if (used > width - 1) break;
    cut += segment;
  }
  return `${cut}…`;
};
