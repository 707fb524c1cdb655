import type { Metric } from "./metric.ts";

/** The kernel's option, in the bits of ../../kernel/gram-scores.ts. */
const toKernelOption = (n: number, { multiset = false, words = false, separated = false }): number =>
  n * 8 + Number(separated) * 4 + Number(words) * 2 + Number(multiset);

const N_MAX = 10;
const DEFAULT_N = { char: 2, word: 1 };

/** What the metrics on n-grams take: of what, of how many, and whether each counts as often as it stands there. */
export const gramOptions = {
  options: {
    unit: { default: "char", choices: ["char", "word"] },
    n: { default: null, min: 1, max: N_MAX, isWhole: true },
    multiset: { default: false },
  },
  kernelOption: ({ unit, n, multiset }) => {
    const words = unit === "word";
    return toKernelOption(typeof n === "number" ? n : DEFAULT_N[words ? "word" : "char"], {
      multiset: multiset === true,
      words,
    });
  },
} satisfies Pick<Metric, "options" | "kernelOption">;

const WORDS = /[\p{L}\p{N}]+/gu;

/** The words of pg_trgm, each with two spaces before and one behind it, and a NUL between them that no gram reaches across. */
const padWords = (text: string): string =>
  (text.toLowerCase().match(WORDS) ?? []).map((word) => `  ${word} `).join("\0");

export const trigramPreparation = {
  options: {},
  kernelOption: () => toKernelOption(3, { separated: true }),
  prepare: padWords,
} satisfies Pick<Metric, "options" | "kernelOption" | "prepare">;
