import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createEngine } from "../src/engine.ts";
import { NO_LIMITS, scanCandidates } from "../src/json/scan-candidates.ts";
import { METRIC_NAMES, type MetricName } from "../src/metrics/metrics.ts";
import { createNormalizer, type NormalizeOptions } from "../src/normalize.ts";
import { encode, mutated, textOf, written } from "./arbitraries.ts";
import { references, scoreByReference } from "./reference/references.ts";

const engine = await createEngine();
/** How many times as long the properties are tried: 25 makes 100,000 pairs of each metric (62 of those that are cubic) and 7,500 rankings. */
const SCALE = Number(process.env["PROPERTY_SCALE"] ?? 1);

/** Pairs that resemble each other, so that scores are not all near zero. */
const edited = (lengthMax: number) =>
  fc
    .tuple(textOf(lengthMax), fc.array(fc.tuple(fc.nat(lengthMax), textOf(2), fc.nat(3)), { maxLength: 12 }))
    .map(([text, edits]): [string, string] => {
      const characters = [...text];
      for (const [at, insert, remove] of edits) characters.splice(at, remove, ...insert);
      return [text, characters.join("")];
    });
const pairs = (lengthMax: number) =>
  fc.oneof(edited(lengthMax), fc.tuple(textOf(lengthMax), textOf(lengthMax)));

/** As RapidFuzz has it for FuzzyWuzzy's sake. */
const NOTHING_IS_UNLIKE: ReadonlySet<MetricName> = new Set(["token_set_ratio", "wratio"]);

/** The references of these compare with every part of a text. */
const CUBIC: ReadonlySet<MetricName> = new Set(["partial_ratio", "wratio"]);

describe.each(METRIC_NAMES)("%s", (metric) => {
  const scoreOf = (query: string, candidate: string) => engine.score(metric, query, [candidate])[0];

  test.each([
    { lengthMax: 12, numRuns: SCALE * (CUBIC.has(metric) ? 1_500 : 3_000) },
    { lengthMax: 70, numRuns: SCALE * (CUBIC.has(metric) ? 150 : 1_000) },
    { lengthMax: CUBIC.has(metric) ? 200 : 700, numRuns: SCALE * (CUBIC.has(metric) ? 20 : 60) },
  ])("agrees bit for bit with its naive reference up to $lengthMax characters", ({ lengthMax, numRuns }) => {
    fc.assert(
      fc.property(pairs(lengthMax), ([query, candidate]) => {
        expect(scoreOf(query, candidate)).toBe(references[metric](query, candidate));
      }),
      { numRuns },
    );
  });

  test("has the definition's values at its ends", () => {
    expect(scoreOf("", "")).toBe(NOTHING_IS_UNLIKE.has(metric) ? 0 : 1);
    expect([scoreOf("", "a"), scoreOf("a", "")]).toEqual([0, 0]);
    expect(scoreOf("Sankt Peterburg 😀", "Sankt Peterburg 😀")).toBe(1);
    expect(scoreOf("abc", "xyz")).toBe(0);
  });

  test("scores each candidate as if it were the only one", () => {
    fc.assert(
      fc.property(textOf(40), fc.array(textOf(40), { maxLength: 30 }), (query, candidates) => {
        const alone = candidates.map((candidate) =>
          metric === "tfidf_cosine"
            ? scoreByReference(metric, query, candidate, candidates)
            : scoreOf(query, candidate)!,
        );
        expect([...engine.score(metric, query, candidates)]).toEqual(alone);
      }),
      { numRuns: SCALE * 100 },
    );
  });

  test("ranks as sorting all the scores would", () => {
    const options = {
      topN: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
      threshold: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
    };
    fc.assert(
      fc.property(
        textOf(8),
        fc.array(textOf(8), { maxLength: 50 }),
        fc.record(options),
        (query, candidates, given) => {
          const ranked = engine.rank(metric, query, candidates, {
            ...(given.topN === undefined ? {} : { topN: given.topN }),
            ...(given.threshold === undefined ? {} : { threshold: given.threshold }),
          });
          const expected = Array.from(engine.score(metric, query, candidates), (score, index) => ({
            index,
            score,
          }))
            .filter(({ score }) => score >= (given.threshold ?? 0))
            .sort((a, b) => b.score - a.score || a.index - b.index)
            .slice(0, given.topN);
          expect(ranked).toEqual(expected);
        },
      ),
      { numRuns: SCALE * 300 },
    );
  });

  test("refuses an option that it does not have", () => {
    expect(() => engine.score(metric, "a", ["b"], { metricOptions: { made_up: 2 } })).toThrow(
      expect.objectContaining({ code: "unknown_option" }),
    );
  });
});

test.each<[MetricName, string, string, number]>([
  ["levenshtein", "kitten", "sitting", 1 - 3 / 7],
  ["levenshtein", "saturday", "sunday", 1 - 3 / 8],
  // RapidFuzz's documentation.
  ["ratio", "this is a test", "this is a test!", 0.9655172413793104],
  ["token_sort_ratio", "fuzzy wuzzy was a bear", "wuzzy fuzzy was a bear", 1],
  ["ratio", "fuzzy wuzzy was a bear", "wuzzy fuzzy was a bear", 0.9090909090909091],
  // Winkler (1990), table of examples.
  ["jaro_winkler", "MARTHA", "MARHTA", 0.9611111111111111],
  ["jaro_winkler", "DWAYNE", "DUANE", 0.84],
  ["jaro_winkler", "DIXON", "DICKSONX", 0.8133333333333332],
  ["jaro", "MARTHA", "MARHTA", 0.9444444444444445],
  ["jaro", "DIXON", "DICKSONX", 0.7666666666666666],
  // Boytsov (2011): a swap that has something between its characters is one edit more without restrictions.
  ["osa", "ca", "abc", 1 - 3 / 3],
  ["damerau_levenshtein", "ca", "abc", 1 - 2 / 3],
  ["osa", "Nwe Yrok", "New York", 1 - 2 / 8],
  // Hamming (1950).
  ["hamming", "karolin", "kathrin", 1 - 3 / 7],
  ["hamming", "1011101", "1001001", 1 - 2 / 7],
  ["lcs_seq", "AGGTAB", "GXTXAYB", 1 - 3 / 7],
  ["prefix", "interview", "internet", 1 - 4 / 9],
  ["postfix", "education", "nation", 1 - 4 / 9],
])("%s of %s and %s is the value known from the literature", (metric, query, candidate, expected) => {
  expect(engine.score(metric, query, [candidate])[0]).toBeCloseTo(expected, 12);
});

test.each<[MetricName, string, string, number]>([
  // RapidFuzz's documentation.
  ["partial_ratio", "this is a test", "this is a test!", 1],
  ["token_set_ratio", "fuzzy was a bear", "fuzzy fuzzy was a bear", 1],
  ["token_set_ratio", "fuzzy was a bear but not a dog", "fuzzy was a bear but not a cat", 0.9230769230769231],
  // Dice (1945) on bigrams, and PostgreSQL's documentation of pg_trgm.
  ["dice", "night", "nacht", 0.25],
  ["jaccard", "night", "nacht", 1 / 7],
  ["trigram", "word", "two words", 0.3636363636363636],
  // Szymkiewicz (1934) and Simpson (1943): what both share, over the smaller set; Ochiai (1957): over the geometric mean. Of bigrams.
  ["overlap", "night", "nightly", 1],
  ["overlap", "night", "nacht", 1 / 4],
  ["cosine", "night", "nightly", 4 / Math.sqrt(4 * 6)],
  // scikit-learn's smoothed idf: of one document, a word in it weighs ln(2/2) + 1, one that is not ln(2/1) + 1.
  ["tfidf_cosine", "the night", "the day", 1 / (1 + (Math.log(2) + 1) ** 2) ** 0.5 / 2 ** 0.5],
  // As computed by RapidFuzz 3.14.
  ["partial_ratio", "a certain string", "cetain", 0.8333333333333334],
  ["token_ratio", "new york mets vs atlanta braves", "atlanta braves vs new york mets!", 0.9841269841269842],
  ["wratio", "Sankt Peterburg", "Saint Petersburg", 0.9032258064516129],
  ["wratio", "Petersburg", "The lord mayor of Sankt Peterburg", 0.8526315789473684],
])("%s of %s and %s is what its own documentation says", (metric, query, candidate, expected) => {
  expect(engine.score(metric, query, [candidate])[0]).toBeCloseTo(expected, 12);
});

// As computed by RapidFuzz 3.14: ratio, Levenshtein.normalized_similarity, JaroWinkler.similarity, token_sort_ratio.
test.each([
  [
    "Sankt Peterburg",
    "Saint Petersburg",
    [0.9032258064516128, 0.8125, 0.948888888888889, 0.9032258064516128],
  ],
  [
    "Санкт-Петербург",
    "Петербург 😀",
    [0.6923076923076923, 0.4666666666666667, 0.769023569023569, 0.6923076923076923],
  ],
  [
    "new york mets vs atlanta braves",
    "atlanta braves vs new york mets!",
    [0.4444444444444444, 0.21875, 0.6897937120149603, 0.9841269841269842],
  ],
  ["e\u0301te\u0301", "\u00e9t\u00e9", [0.25, 0.19999999999999996, 0.5111111111111111, 0.25]],
  [
    "the quick brown fox jumps over the lazy dog and back",
    "a lazy dog jumps back over the quick brown fox",
    [0.46938775510204084, 0.3076923076923077, 0.6506000393468424, 0.9387755102040817],
  ],
])("%j and %j score as RapidFuzz scores them", (query, candidate, expected) => {
  const names = ["ratio", "levenshtein", "jaro_winkler", "token_sort_ratio"] as const;
  for (const [index, metric] of names.entries()) {
    expect(engine.score(metric, query, [candidate])[0]).toBeCloseTo(expected[index]!, 12);
  }
});

test.each([
  { topN: 0 },
  { topN: -1 },
  { topN: 1.5 },
  { topN: Number.NaN },
  { threshold: Number.NaN },
  { threshold: 1.1 },
])("refuses to rank by %j", (options) => {
  expect(() => engine.rank("ratio", "a", ["b"], options)).toThrow(
    expect.objectContaining({ code: "option_range" }),
  );
});

/** One alphabet a pair, so that a query may have more distinct symbols than fit into bytes. */
const widePairs = fc
  .tuple(fc.constantFrom(128, 300, 5_000, 60_000), fc.integer({ min: 0, max: 0xd7ff }), fc.nat())
  .chain(([symbols, offset]) => {
    const unit = fc
      .integer({ min: 0, max: symbols - 1 })
      .map((n) => String.fromCodePoint(0x10000 + ((offset + n) % 0x20000)));
    const text = fc.string({ unit, maxLength: 500, size: "max" });
    return fc.tuple(text, text, fc.nat(500), fc.nat(500));
  })
  // Two texts of a wide alphabet have little in common, unless one holds a part of the other.
  .map(([a, b, from, to]): [string, string] => [a, [...a].slice(from, to).join("") + b]);

test.each(METRIC_NAMES)(
  "%s agrees with its reference where the query has any number of symbols",
  (metric) => {
    fc.assert(
      fc.property(widePairs, ([query, candidate]) => {
        expect(engine.score(metric, query, [candidate])[0]).toBe(references[metric](query, candidate));
      }),
      { numRuns: SCALE * (CUBIC.has(metric) ? 2 : 60) },
    );
  },
);

describe("long texts, of which a cut spares most", () => {
  const text = fc.oneof(
    ...[["a", "b"], [..."abcdefghijklmnopqrstuvwxyz    "]].map((units) =>
      fc.string({ unit: fc.constantFrom(...units), minLength: 60, maxLength: 1_500, size: "max" }),
    ),
  );
  const edits = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(40), fc.nat(60)), {
    maxLength: 8,
  });
  /** One edit every few characters, so that they spoil as much as so many edits can. */
  const scattered = fc.tuple(
    fc.constantFrom("change", "swap", "remove", "insert"),
    fc.integer({ min: 2, max: 12 }),
    fc.nat(11),
  );
  const scatter = (current: string, kind: string, step: number, first: number): string =>
    [...current]
      .map((character, at, all) => {
        const isHere = (place: number) => place >= 0 && place % step === first % step;
        if (kind === "swap")
          return (isHere(at) ? all[at + 1] : isHere(at - 1) ? all[at - 1] : character) ?? character;
        if (!isHere(at)) return character;
        return { change: "#", remove: "", insert: `${character}#` }[kind] ?? character;
      })
      .join("");
  const request = fc
    .tuple(
      text,
      fc.array(edits, { minLength: 1, maxLength: 12 }),
      text,
      fc.array(scattered, { minLength: 1, maxLength: 6 }),
    )
    .map(([query, changes, other, scatterings]) => ({
      query,
      candidates: [
        ...scatterings.map((scattering) => scatter(query, ...scattering)),
        ...changes.map((places) =>
          places.reduce((current, [share, remove, insert]) => {
            const at = Math.floor(share * current.length);
            return current.slice(0, at) + other.slice(at, at + insert) + current.slice(at + remove);
          }, query),
        ),
        other,
      ],
    }));

  test.each(["levenshtein", "osa", "ratio", "lcs_seq"] as const)(
    "%s ranks as sorting all scores would",
    (metric) => {
      fc.assert(
        fc.property(
          request,
          // One of the scores, or in between.
          fc.oneof(fc.nat(5), fc.double({ min: 0.3, max: 1, noNaN: true })),
          fc.integer({ min: 1, max: 20 }),
          ({ query, candidates }, bound, topN) => {
            const scores = engine.score(metric, query, candidates);
            const threshold = Number.isInteger(bound) ? scores[bound % scores.length]! : bound;
            const expected = Array.from(scores, (score, index) => ({ index, score }))
              .filter(({ score }) => score >= threshold)
              .sort((a, b) => b.score - a.score || a.index - b.index)
              .slice(0, topN);
            expect(engine.rank(metric, query, candidates, { threshold, topN })).toEqual(expected);
          },
        ),
        { numRuns: SCALE * 150 },
      );
    },
  );
});

describe("rankJson", () => {
  const rankParsed = (metric: MetricName, query: string, json: string, topN?: number) => {
    const candidates = JSON.parse(json) as (string | { id?: string; text: string })[];
    const texts = candidates.map((one) => (typeof one === "string" ? one : one.text));
    const ids = candidates.map((one) => (typeof one === "string" ? null : (one.id ?? null)));
    const ranked = engine.rank(metric, query, texts, topN === undefined ? {} : { topN });
    return { count: texts.length, ranked: ranked.map((one) => ({ ...one, id: ids[one.index]! })) };
  };

  test.each(["levenshtein", "token_sort_ratio"] as const)(
    "ranks by %s as if the texts had been parsed",
    (metric) => {
      fc.assert(
        fc.property(textOf(30), written, fc.integer({ min: 1, max: 40 }), (query, json, topN) => {
          expect(engine.rankJson(metric, query, encode(json), { topN })).toEqual(
            rankParsed(metric, query, json, topN),
          );
        }),
        { numRuns: SCALE * 500 },
      );
    },
  );

  test("also what is right but oddly written", () => {
    for (const json of [
      ' [ "a" , {"text":1,"text":"b"},\r\n{"te\\u0078t":"c","i\\u0064":"\\u0041"} ] ',
      '[{"id":"x","text":"a","id":"y"}]',
    ]) {
      expect(engine.rankJson("ratio", "a", encode(json))).toEqual(rankParsed("ratio", "a", json));
    }
  });

  test("refuses what scanCandidates refuses, whatever bytes they are, and touches nothing outside of them", () => {
    const errorOf = (run: () => unknown) => {
      try {
        run();
        return null;
      } catch (error) {
        return (error as Error).name;
      }
    };
    fc.assert(
      fc.property(mutated(written), (json) => {
        expect(errorOf(() => engine.rankJson("levenshtein", "text", json))).toBe(
          errorOf(() => scanCandidates(json, NO_LIMITS)),
        );
      }),
      { numRuns: SCALE * 5_000 },
    );
  });
});

describe("texts of every kind", () => {
  test.each(METRIC_NAMES)("an unpaired surrogate is refused by its index: %s", (metric) => {
    for (const normalize of [undefined, "default", { punctuation: "strip" }] as const) {
      const options = normalize === undefined ? {} : { normalize };
      const refusal = (what: string) =>
        expect.objectContaining({ code: "unpaired_surrogate", message: expect.stringContaining(what) });
      expect(() => engine.score(metric, "a", ["a", "b\ud800"], options)).toThrow(refusal("candidate 1 "));
      // Together they would be a pair.
      expect(() => engine.score(metric, "a", ["a\ud83d", "\ude00b"], options)).toThrow(
        refusal("candidate 0 "),
      );
      expect(() => engine.score(metric, "a\udc00", ["a"], options)).toThrow(refusal("the query"));
    }
  });

  test("NUL and the longest texts are texts like any other", () => {
    const long = "abcdefghij".repeat(100_000);
    expect([...engine.score("levenshtein", "\0a", ["\0a", "a", "\0"])]).toEqual([1, 0.5, 0.5]);
    expect([...engine.score("levenshtein", "abc", [long])]).toEqual([1 - 999_997 / 1_000_000]);
    expect([...engine.score("ratio", `${"é".repeat(70)}abc`, [long, `${"é".repeat(70)}abc`])][1]).toBe(1);
  });
});

test("texts too long for lanes of 16 bits are compared one by one", () => {
  const long = "abcdefg".repeat(2_000);
  const query = "bacdefgabdc";
  for (const candidates of [["bca", long], ["abc"]]) {
    expect([...engine.score("damerau_levenshtein", query, candidates)]).toEqual(
      candidates.map((candidate) => references.damerau_levenshtein(query, candidate)),
    );
  }
});

test.each(METRIC_NAMES)("%s takes long texts, and says so of those that are too long", (metric) => {
  const codeOf = (run: () => unknown) => {
    try {
      run();
      return "scored";
    } catch (error) {
      return (error as { code?: string }).code;
    }
  };
  const long = (chars: number) => "ab ".repeat(chars / 3);
  expect(codeOf(() => engine.score(metric, "abc", [long(1_500_000), "abd"]))).toBe("scored");
  for (const chars of [4_500_000, 30_000_000]) {
    expect(codeOf(() => engine.score(metric, "abc", [long(chars), "abd"]))).toBe("too_large");
  }
  expect(codeOf(() => engine.rankJson(metric, "abc", encode(`["${long(15_000_000)}"]`)))).toBe("too_large");
  expect(codeOf(() => engine.score(metric, long(4_500_000), ["abd"]))).toBe("too_large");
});

test("an engine at work takes no other request", () => {
  const nested: unknown[] = [];
  const ranked = engine.rank("ratio", "abc", Array(70_000).fill("abc"), {
    topN: 3,
    onProgress: () => {
      try {
        engine.score("ratio", "zzz", ["q"]);
      } catch (error) {
        nested.push((error as { code?: string }).code);
      }
    },
  });
  expect(nested).toEqual(Array(nested.length).fill("busy"));
  expect(nested.length).toBeGreaterThan(0);
  expect(ranked.map(({ score }) => score)).toEqual([1, 1, 1]);
  expect(engine.score("ratio", "a", ["a"])[0]).toBe(1);
});

test("a text that does not fit into the memory is an error, and the next request is served", () => {
  expect(() => engine.score("ratio", "a", ["b".repeat(400_000_000)])).toThrow(
    expect.objectContaining({ code: "too_large" }),
  );
  expect([...engine.score("ratio", "a", ["a"])]).toEqual([1]);
});

test("ranks no candidates to nothing", () => {
  expect(engine.rank("ratio", "a", [])).toEqual([]);
  expect(engine.rank("ratio", "a", [], { topN: 3, threshold: 0.5 })).toEqual([]);
});

test("tokens are sorted by code point, not by UTF-16 unit", () => {
  expect(engine.score("token_sort_ratio", "😀 \uff5a", ["\uff5a😀"])[0]).toBe(0.8);
});

test("prefix_weight changes the boost, and is held to its range", () => {
  const score = (prefixWeight: unknown) =>
    engine.score("jaro_winkler", "MARTHA", ["MARHTA"], { metricOptions: { prefix_weight: prefixWeight } })[0];
  expect(score(0)).toBeCloseTo(0.9444444444444445, 12);
  expect(score(0.25)).toBe(references.jaro_winkler("MARTHA", "MARHTA", 0.25));
  for (const wrong of [-0.1, 0.26, Number.NaN, "0.1", null]) {
    expect(() => score(wrong)).toThrow(expect.objectContaining({ code: "option_range" }));
  }
});

describe.each(["dice", "jaccard", "overlap", "cosine"] as const)("the n-grams of %s", (metric) => {
  const options = fc.record(
    { unit: fc.constantFrom("char", "word"), n: fc.integer({ min: 1, max: 10 }), multiset: fc.boolean() },
    { requiredKeys: [] },
  );
  test("are of any unit, length and count", () => {
    fc.assert(
      fc.property(
        fc.tuple(pairs(30), pairs(12)),
        options,
        ([[query, one], [other, another]], metricOptions) => {
          const candidates = [one, other, another, query];
          const expected = candidates.map((candidate) =>
            references[metric](query, candidate, metricOptions as Parameters<typeof references.dice>[2]),
          );
          expect([...engine.score(metric, query, candidates, { metricOptions })]).toEqual(expected);
        },
      ),
      { numRuns: SCALE * 1_000 },
    );
  });

  test.each([{ unit: "line" }, { n: 0 }, { n: 11 }, { n: 1.5 }, { n: "2" }, { multiset: 1 }])(
    "refuse %j",
    (metricOptions) => {
      expect(() => engine.score(metric, "a", ["b"], { metricOptions })).toThrow(
        expect.objectContaining({ code: "option_range" }),
      );
    },
  );
});

test("an unknown metric is refused, also one that every object has", () => {
  for (const name of ["guess", "constructor", "__proto__"]) {
    expect(() => engine.score(name as MetricName, "a", ["b"])).toThrow(
      expect.objectContaining({ code: "unknown_metric" }),
    );
  }
});

test("progress is told now and then, and not beyond the end", () => {
  const told: number[] = [];
  const onProgress = (scored: number) => told.push(scored);
  engine.rank("ratio", "a".repeat(30_000), new Array(40).fill("b".repeat(20_000)), { onProgress });
  expect(told).toEqual([16, 32, 40]);
  told.length = 0;
  engine.rank("ratio", "a", new Array(70_000).fill("b"), { onProgress });
  expect(told).toEqual([32_768, 65_536, 70_000]);
});

test("texts are normalized the same in the kernel and out of it", () => {
  const normalizations = fc.oneof(
    fc.constant("default" as const),
    fc.record(
      {
        form: fc.constantFrom("NFC", "NFKC"),
        case: fc.constantFrom("lower", "fold"),
        accents: fc.constant("strip"),
        punctuation: fc.constant("strip"),
        whitespace: fc.constant("collapse"),
      },
      { requiredKeys: [] },
    ),
  ) as fc.Arbitrary<NormalizeOptions>;
  const ascii = fc.string({
    unit: fc.constantFrom(..."aAbZ09_.-~ \t\n\u000b\u001c\u001f\0\u007f  "),
    maxLength: 24,
  });
  fc.assert(
    fc.property(
      normalizations,
      fc.array(fc.oneof(ascii, textOf(24)), { minLength: 2, maxLength: 12 }),
      (normalize, [query, ...candidates]) => {
        const normalizer = createNormalizer(normalize);
        const expected = candidates.map((candidate) =>
          references.token_sort_ratio(normalizer(query!), normalizer(candidate)),
        );
        expect([...engine.score("token_sort_ratio", query!, candidates, { normalize })]).toEqual(expected);
        const levenshtein = candidates.map((text) =>
          references.levenshtein(normalizer(query!), normalizer(text)),
        );
        expect([...engine.score("levenshtein", query!, candidates, { normalize })]).toEqual(levenshtein);
      },
    ),
    { numRuns: SCALE * 2_000 },
  );
});

test("query and candidates are normalized alike", () => {
  const normalize = { case: "fold", accents: "strip" } as const;
  expect(engine.rank("ratio", "STRASSE", ["straße", "Straẞé"], { normalize })[0]).toEqual({
    index: 0,
    score: 1,
  });
  expect([...engine.score("ratio", "  Köln! ", ["köln", "Koln"], { normalize: "default" })]).toEqual([
    1, 0.75,
  ]);
});
