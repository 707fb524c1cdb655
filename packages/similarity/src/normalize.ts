import { foldCase } from "./text/fold-case.ts";
import { WHITESPACE } from "./text/whitespace.ts";

export interface NormalizeSteps {
  form?: "NFC" | "NFKC" | undefined;
  case?: "lower" | "fold" | undefined;
  accents?: "strip" | undefined;
  punctuation?: "strip" | undefined;
  whitespace?: "collapse" | undefined;
}

/** The steps to take, or RapidFuzz's `default_process`. */
export type NormalizeOptions = NormalizeSteps | "default";

export type Normalizer = (text: string) => string;

const MARKS = /\p{M}+/gu;
// What Python's \w does not match, combining marks included.
const PUNCTUATION = /[^\p{L}\p{N}_]/gu;
const WHITESPACE_RUNS = new RegExp(`${WHITESPACE}+`, "gu");
const OUTER_WHITESPACE = new RegExp(`^${WHITESPACE}+|${WHITESPACE}+$`, "gu");
const IS_ASCII = /^[\0-\x7f]*$/;

const stripPunctuation: Normalizer = (text) => text.replace(PUNCTUATION, " ");
const trim: Normalizer = (text) => text.replace(OUTER_WHITESPACE, "");
const collapse: Normalizer = (text) => trim(text.replace(WHITESPACE_RUNS, " "));
const lower: Normalizer = (text) => text.toLowerCase();

/** Each character by itself, and to one character: neither Σ at a word's end nor İ is treated apart. */
const lowerSimply: Normalizer = (text) => {
  if (IS_ASCII.test(text)) return text.toLowerCase();
  return Array.from(text, (character) => (character === "İ" ? "i" : character.toLowerCase())).join("");
};

const stripAccents = (form: "NFC" | "NFKC"): Normalizer => {
  const decomposed = form === "NFKC" ? "NFKD" : "NFD";
  return (text) => text.normalize(decomposed).replace(MARKS, "").normalize(form);
};

/** RapidFuzz's `default_process`: what is no letter, number or underscore becomes a space; lower case; ends trimmed. */
const defaultProcess: Normalizer = (text) => trim(lowerSimply(stripPunctuation(text)));

const toSteps = (options: NormalizeSteps): Normalizer[] => {
  const { form } = options;
  const steps: Normalizer[] = [];
  if (form) steps.push((text) => text.normalize(form));
  if (options.case) steps.push(options.case === "fold" ? foldCase : lower);
  if (options.accents) steps.push(stripAccents(form ?? "NFC"));
  if (options.punctuation) steps.push(stripPunctuation);
  if (options.whitespace) steps.push(collapse);
  return steps;
};

/**
 * Makes the function that normalizes texts, in this order: Unicode form (UAX #15), case, accents (combining marks after
 * decomposition), punctuation (what is neither letter, number nor underscore becomes a space), white space (runs become one
 * space, ends are trimmed).
 */
export const createNormalizer = (options: NormalizeOptions): Normalizer => {
  if (options === "default") return defaultProcess;
  const steps = toSteps(options);
  return (text) => steps.reduce((current, step) => step(current), text);
};
