const IS_ASCII = /^[\0-\x7f]*$/;

const DOTLESS_I = "ı";

/** Cherokee folds to its older, upper-case letters: the lower-case ones came later (Unicode 8). */
const foldCherokee = (codePoint: number): number => {
  if (codePoint >= 0xab70 && codePoint <= 0xabbf) return codePoint - 0xab70 + 0x13a0;
  if (codePoint >= 0x13f8 && codePoint <= 0x13fd) return codePoint - 8;
  return codePoint;
};

const isCherokee = (codePoint: number): boolean =>
  (codePoint >= 0x13a0 && codePoint <= 0x13fd) || (codePoint >= 0xab70 && codePoint <= 0xabbf);

const foldCharacter = (character: string): string => {
  const codePoint = character.codePointAt(0)!;
  if (isCherokee(codePoint)) return String.fromCodePoint(foldCherokee(codePoint));
  // It is its own folding; only Turkish has it as a partner of I.
  if (character === DOTLESS_I) return character;
  // Lower case first, so that ẞ goes by way of ß and SS to ss; then what upper case makes equal is equal.
  return character.toLowerCase().toUpperCase().toLowerCase();
};

/**
 * Full case folding (The Unicode Standard, section 3.13; CaseFolding.txt, status C and F), derived from the case mappings
 * that the JavaScript engine has. Each character is folded by itself, so the place in a word does not matter.
 * For every character of Unicode 15.1 it is what Python's `str.casefold()` makes; for later ones it is as new as the engine.
 */
export const foldCase = (text: string): string => {
  if (IS_ASCII.test(text)) return text.toLowerCase();
  return Array.from(text, foldCharacter).join("");
};
