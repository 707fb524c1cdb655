import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createNormalizer, type NormalizeOptions } from "../src/normalize.ts";

const normalize = (text: string, options: NormalizeOptions) => createNormalizer(options)(text);

test.each<[string, NormalizeOptions, string, string]>([
  ["composes", { form: "NFC" }, "e\u0301", "é"],
  ["composes, compatibility characters included", { form: "NFKC" }, "ﬁｌｅ①", "file1"],
  ["lowers case", { case: "lower" }, "ÀÉ Σ", "àé σ"],
  ["folds case", { case: "fold" }, "Straße STRASSE ẞ", "strasse strasse ss"],
  ["strips accents", { accents: "strip" }, "Crème brûlée, Łódź, Ω\u0301", "Creme brulee, Łodz, Ω"],
  ["strips accents in the form that was asked for", { form: "NFKC", accents: "strip" }, "ﬁancé", "fiance"],
  ["strips punctuation to spaces", { punctuation: "strip" }, "a-b_c, 3½ «é»!", "a b_c  3½  é  "],
  ["collapses white space", { whitespace: "collapse" }, "\t a\u00a0\u3000b \r\n", "a b"],
  [
    "does all of it in order",
    { form: "NFKC", case: "fold", accents: "strip", punctuation: "strip", whitespace: "collapse" },
    " Ｓãо-Paulo! ",
    "saо paulo",
  ],
  ["takes for white space what Python does", { whitespace: "collapse" }, "\ufeff\x1c a \x85", "\ufeff a"],
  ["is RapidFuzz's default_process", "default", " Hello,  World_1! ÀΣ ", "hello   world 1  àσ"],
  ["is RapidFuzz's default_process for what its Python build lowers otherwise", "default", "İ_ΑΣ", "i ασ"],
  ["leaves texts alone without a step", {}, " Aé\u0301 ", " Aé\u0301 "],
])("%s", (_, options, text, expected) => {
  expect(normalize(text, options)).toBe(expected);
});

test.each([
  [{ cas: "fold" }, "unknown_option"],
  [{ __proto__: null, constructor: "x" }, "unknown_option"],
  [{ form: "NFD" }, "option_range"],
  [{ case: "upper" }, "option_range"],
  [{ accents: true }, "option_range"],
])("refuses the step %j", (options, code) => {
  expect(() => createNormalizer(options as NormalizeOptions)).toThrow(expect.objectContaining({ code }));
});

describe("case folding", () => {
  const fold = createNormalizer({ case: "fold" });
  const codePoints = Array.from({ length: 0x110000 }, (_, n) => n).filter((n) => n < 0xd800 || n > 0xdfff);

  test("folds what simple case folding makes equal to the same", () => {
    // The engine's /iu compares by the simple case foldings of CaseFolding.txt. Full foldings go beyond them.
    for (const codePoint of codePoints) {
      const character = String.fromCodePoint(codePoint);
      const folded = fold(character);
      if (folded === character || [...folded].length > 1) continue;
      if (!new RegExp(`^\\u{${codePoint.toString(16)}}$`, "iu").test(folded)) {
        expect.fail(`U+${codePoint.toString(16)} folds to ${folded}`);
      }
    }
  });

  test("folds to the same what simple case folding makes equal", () => {
    for (const codePoint of codePoints) {
      const character = String.fromCodePoint(codePoint);
      const caseless = new RegExp(`^\\u{${codePoint.toString(16)}}$`, "iu");
      for (const other of [character.toLowerCase(), character.toUpperCase()]) {
        if (other === character || !caseless.test(other) || fold(other) === fold(character)) continue;
        expect.fail(`U+${codePoint.toString(16)} and ${other} fold apart`);
      }
    }
  });

  test.each([
    ["ß", "ss"],
    ["ẞ", "ss"],
    ["ﬃ", "ffi"],
    ["İ", "i\u0307"],
    ["ı", "ı"],
    ["ſ", "s"],
    ["ς", "σ"],
    ["ΑΣ", "ας".replace("ς", "σ")],
    ["ᾳ", "αι"],
    ["ꭰ", "Ꭰ"],
    ["Ꭰ", "Ꭰ"],
    ["ᏸ", "Ᏸ"],
    ["K", "k"],
    ["և", "եւ"],
    ["𐐀", "𐐨"],
  ])("%s folds to %s, as CaseFolding.txt has it", (text, expected) => {
    expect(fold(text)).toBe(expected);
  });

  test("is the same whether a text is ASCII or not, and folding twice is folding once", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii" }), fc.string({ unit: "binary" }), (ascii, text) => {
        expect(fold(`${ascii}é`)).toBe(`${fold(ascii)}é`);
        expect(fold(fold(text))).toBe(fold(text));
      }),
    );
  });
});
