import { SimilarityError } from "./similarity-error.ts";
import { foldCase } from "./text/fold-case.ts";
import { WHITESPACE } from "./text/whitespace.ts";

export interface NormalizeSteps {
  form?: "NFC" | "NFKC" | undefined;
  case?: "lower" | "fold" | undefined;
  accents?: "strip" | undefined;
  punctuation?: "strip" | undefined;
  whitespace?: "collapse" | undefined;
}

const STEPS = {
  form: ["NFC", "NFKC"],
  case: ["lower", "fold"],
  accents: ["strip"],
  punctuation: ["strip"],
  whitespace: ["collapse"],
} satisfies { [Step in keyof Required<NormalizeSteps>]: NormalizeSteps[Step][] };

/** The steps to take, or RapidFuzz's `default_process`. */
export type NormalizeOptions = NormalizeSteps | "default";

export type Normalizer = (text: string) => string;

const MARKS = /\p{M}+/gu;
// What Python's \w does not match, combining marks included.
const PUNCTUATION = /[^\p{L}\p{N}_]/gu;
const NOT_ALPHANUMERIC = /[^\p{L}\p{N}]/gu;
const WHITESPACE_RUNS = new RegExp(`${WHITESPACE}+`, "gu");
const IS_ASCII = /^[\0-\x7f]*$/;

const stripPunctuation: Normalizer = (text) => text.replace(PUNCTUATION, " ");
const lower: Normalizer = (text) => text.toLowerCase();

/** Not by trim(), which takes U+FEFF for white space, as Python does not. */
const collapse: Normalizer = (text) => {
  const collapsed = text.replace(WHITESPACE_RUNS, " ");
  return collapsed.slice(collapsed.startsWith(" ") ? 1 : 0, collapsed.endsWith(" ") ? -1 : undefined);
};

/** Each character by itself, and to one character: neither Σ at a word's end nor İ is treated apart. */
const lowerSimply: Normalizer = (text) => {
  if (IS_ASCII.test(text)) return text.toLowerCase();
  return Array.from(text, (character) => (character === "İ" ? "i" : character.toLowerCase())).join("");
};

const stripAccents = (form: "NFC" | "NFKC"): Normalizer => {
  const decomposed = form === "NFKC" ? "NFKD" : "NFD";
  return (text) => text.normalize(decomposed).replace(MARKS, "").normalize(form);
};

/**
 * RapidFuzz's `default_process`: what is no letter or number becomes a space, the rest lower case, ends are trimmed; runs of
 * spaces within stay. It follows the compiled build, which takes the underscore for punctuation and lowers character by
 * character; the Python one does neither.
 */
const defaultProcess: Normalizer = (text) => lowerSimply(text.replace(NOT_ALPHANUMERIC, " ")).trim();

const checkSteps = (options: NormalizeSteps): void => {
  if (typeof options !== "object" || options === null) {
    throw new SimilarityError("unknown_option", `normalization is neither "default" nor an object of steps`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(STEPS, name)) {
      throw new SimilarityError("unknown_option", `normalization has no step ${name}`);
    }
    const values: readonly unknown[] = STEPS[name as keyof NormalizeSteps];
    if (value !== undefined && !values.includes(value)) {
      throw new SimilarityError("option_range", `${name} is none of ${values.join(", ")}`);
    }
  }
};

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

/** The steps that mean anything to ASCII, as the kernel's bits: see ../kernel/normalize.ts. */
export const toAsciiSteps = (options: NormalizeOptions): number => {
  if (options === "default") return 8;
  const { case: casing, punctuation, whitespace } = options;
  return (casing ? 1 : 0) | (punctuation ? 2 : 0) | (whitespace ? 4 : 0);
};

/**
 * Makes the function that normalizes texts, in this order: Unicode form (UAX #15), case, accents (combining marks after
 * decomposition), punctuation (what is neither letter, number nor underscore becomes a space), white space (runs become one
 * space, ends are trimmed).
 *
 * @throws {SimilarityError} for a step that there is not
 */
export const createNormalizer = (options: NormalizeOptions): Normalizer => {
  if (options === "default") return defaultProcess;
  checkSteps(options);
  const steps = toSteps(options);
  return (text) => steps.reduce((current, step) => step(current), text);
};
