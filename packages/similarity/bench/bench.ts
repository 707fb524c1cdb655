/**
 * Prints the figures of the package's README. In one run: our kernel, our engine and JavaScript's peers, as pairs a second and ratios.
 *
 * node bench/bench.ts [section or metric…]: kernel, json, cuts, cities, size; all unless given
 */
import { distance } from "fastest-levenshtein";
import { createEngine } from "../src/engine.ts";
import { compileKernel, Kernel } from "../src/kernel/kernel.ts";
import type { Metric } from "../src/metrics/metric.ts";
import type { MetricName } from "../src/metrics/metrics.ts";
import { metrics } from "../src/metrics/metrics.ts";
import { cutCorpus, readCityNames } from "./corpus.ts";
import { loadIntoKernel } from "./in-memory.ts";
import { peersOf } from "./peers.ts";
import { fastest } from "./stopwatch.ts";

const LENGTHS = [8, 16, 32, 64, 128, 256, 1_024, 4_096];
/** What takes time by the product of the lengths gets few of the longest texts, and the slowest peers one of these. */
const SLOW: ReadonlySet<MetricName> = new Set(["damerau_levenshtein", "partial_ratio", "wratio"]);
const SLOW_LENGTH_MAX = 256;
const SLOW_TEXTS = 8;
/** A peer gets so many characters of texts, or it would take minutes. */
const PEER_CHARACTERS = 40_000;
const PEER_MS = 150;

const wanted = process.argv.slice(2);
const module = await compileKernel();
const engine = await createEngine();
const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const cell = (value: number, digits: number) => value.toFixed(digits);
const row = (name: string, cells: string[]) =>
  console.log(`| ${name.padEnd(22)} | ${cells.map((text) => text.padStart(8)).join(" | ")} |`);
const header = (name: string, columns: (string | number)[]) => {
  row(name, columns.map(String));
  console.log(`|${"-".repeat(24)}|${columns.map(() => `${"-".repeat(9)}:`).join("|")}|`);
};
const significant = (value: number) => (value >= 10 ? value.toFixed(0) : value.toPrecision(2));

/** @returns what no compiler may leave out */
const compareAll = (
  compare: (a: string, b: string) => number,
  query: string,
  texts: readonly string[],
): number => {
  let sum = 0;
  for (const text of texts) sum += compare(query, text);
  return sum;
};

/** Pairs a millisecond. */
const rate = (pairs: number, ms: number) => pairs / ms;

/** As the peers count them. */
const optionOf = (name: MetricName): number => {
  const metric: Metric = metrics[name];
  if (name === "jaccard" || name === "overlap")
    return metric.kernelOption!({ unit: "char", n: 1, multiset: false });
  const defaults = Object.fromEntries(
    Object.entries(metric.options).map(([key, option]) => [key, option.default]),
  );
  return metric.kernelOption?.(defaults) ?? 0;
};

const benchKernel = () => {
  console.log(
    "\nMillion pairs a second, texts in memory; and how many times the fastest peer in JavaScript\n",
  );
  header("metric", LENGTHS);
  const corpora = LENGTHS.map(cutCorpus);
  const few = corpora.map(({ query, texts }) => ({ query, texts: texts.slice(0, SLOW_TEXTS) }));
  const [loaded, loadedFew] = [corpora, few].map((some) =>
    some.map((corpus) => loadIntoKernel(module, corpus)),
  );
  const names = (Object.keys(metrics) as MetricName[]).filter((name) => wanted.includes(name));
  for (const name of names.length > 0 ? names : (Object.keys(metrics) as MetricName[])) {
    const isSlow = (index: number) => SLOW.has(name) && LENGTHS[index]! > SLOW_LENGTH_MAX;
    const rates = LENGTHS.map((_, index) => {
      const { kernel, sorts } = metrics[name] as Metric;
      const score = (isSlow(index) ? loadedFew : loaded)![index]!(kernel, optionOf(name), sorts);
      return rate((isSlow(index) ? few : corpora)[index]!.texts.length, fastest(score)) / 1_000;
    });
    row(name, rates.map(significant));
    const peers = peersOf[name];
    if (!peers) continue;
    const ratios = LENGTHS.map((length, index) => {
      const { query, texts } = corpora[index]!;
      const some = texts.slice(
        0,
        Math.max(
          isSlow(index) ? 1 : 2,
          Math.floor(PEER_CHARACTERS / (name === "levenshtein" ? 8 : length) / 4),
        ),
      );
      const best = peers.map(({ compare }) =>
        rate(
          some.length,
          fastest(() => compareAll(compare, query, some), PEER_MS),
        ),
      );
      return (rates[index]! * 1_000) / Math.max(...best);
    });
    row(
      `  × ${peers.map((peer) => peer.name).join(", ")}`,
      ratios.map((value) => cell(value, 1)),
    );
  }
};

const benchJson = () => {
  console.log("\nLevenshtein, top ten: million pairs a second from string[], and from JSON bytes\n");
  header("from", LENGTHS);
  const corpora = LENGTHS.map(cutCorpus);
  const measure = (run: (corpus: (typeof corpora)[number], json: Uint8Array) => void) =>
    corpora.map((corpus) => {
      const json = encode(corpus.texts);
      return (
        rate(
          corpus.texts.length,
          fastest(() => run(corpus, json)),
        ) / 1_000
      );
    });
  const topN = 10;
  const strings = measure(({ query, texts }) => engine.rank("levenshtein", query, texts, { topN }));
  const bytes = measure(({ query }, json) => engine.rankJson("levenshtein", query, json, { topN }));
  const parsed = measure(({ query }, json) => {
    const texts = JSON.parse(new TextDecoder().decode(json)) as string[];
    engine.rank("levenshtein", query, texts, { topN });
  });
  row("string[]", strings.map(significant));
  row("JSON bytes", bytes.map(significant));
  row("JSON.parse, string[]", parsed.map(significant));
  row(
    "  JSON bytes ×",
    bytes.map((value, index) => cell(value / parsed[index]!, 2)),
  );
  benchLargeJson();
};

/** As much as a request may hold. */
const benchLargeJson = () => {
  const { query, texts } = cutCorpus(128);
  const many = Array.from({ length: 100_000 }, (_, index) => texts[index % texts.length]!);
  const json = encode(many.map((text, index) => ({ id: `id-${index}`, text })));
  const topN = 10;
  const ours = fastest(() => engine.rankJson("levenshtein", query, json, { topN }));
  const theirs = fastest(() => {
    const parsed = JSON.parse(new TextDecoder().decode(json)) as { text: string }[];
    engine.rank(
      "levenshtein",
      query,
      parsed.map(({ text }) => text),
      { topN },
    );
  });
  console.log(
    `\n100,000 objects with ids and texts of 128 characters, ${json.length} bytes: ${ours.toFixed(0)} ms, with JSON.parse ${theirs.toFixed(0)} ms, ${(theirs / ours).toFixed(1)} times as long`,
  );
};

const benchCuts = () => {
  console.log("\nHow many times faster than scoring all: a threshold of 0.8, and the best ten of all\n");
  const lengths = LENGTHS.filter((length) => length >= 256);
  header(
    "metric",
    lengths.flatMap((length) => [`${length} ≥0.8`, `${length} top`]),
  );
  for (const metric of ["levenshtein", "osa", "ratio", "lcs_seq"] as const) {
    const cells = lengths.flatMap((length) => {
      const { query, texts } = cutCorpus(length);
      // One text in twenty-five is much like the query.
      const changed = `${query.slice(0, length * 0.9)}${"x".repeat(length * 0.1)}`;
      const mixed = texts.map((text, index) => (index % 25 === 0 ? changed : text));
      const json = encode(mixed);
      const all = fastest(() => engine.rankJson(metric, query, json));
      const cut = fastest(() => engine.rankJson(metric, query, json, { threshold: 0.8 }));
      const top = fastest(() => engine.rankJson(metric, query, json, { topN: 10 }));
      return [cell(all / cut, 1), cell(all / top, 1)];
    });
    row(metric, cells);
  }
};

const benchCities = () => {
  const names = readCityNames();
  const json = encode(names);
  const query = "Sankt Peterburg";
  const ours = fastest(() => engine.rankJson("levenshtein", query, json, { topN: 10 }), 1_000);
  const theirs = fastest(() => {
    const texts = JSON.parse(new TextDecoder().decode(json)) as string[];
    const scored = texts.map((text, index) => ({
      index,
      score: 1 - distance(query, text) / Math.max(query.length, text.length),
    }));
    scored.sort((a, b) => b.score - a.score || a.index - b.index).slice(0, 10);
  }, 1_000);
  console.log(
    `\n${names.length} city names, ${json.length} bytes of JSON, Levenshtein, top ten: ${ours.toFixed(1)} ms; with JSON.parse and fastest-levenshtein ${theirs.toFixed(1)} ms, ${(theirs / ours).toFixed(1)} times as long`,
  );
};

const benchSize = async () => {
  const { readFile } = await import("node:fs/promises");
  const { byteLength } = await readFile(new URL("../build/kernel.wasm", import.meta.url));
  const instantiate = fastest(() => new Kernel(module));
  console.log(
    `\n${byteLength} bytes of WebAssembly; an instance takes ${(instantiate * 1_000).toFixed(0)} µs`,
  );
};

const sections = {
  kernel: benchKernel,
  json: benchJson,
  cuts: benchCuts,
  cities: benchCities,
  size: benchSize,
};
const unknown = wanted.filter((name) => !Object.hasOwn(sections, name) && !Object.hasOwn(metrics, name));
if (unknown.length > 0) {
  throw new Error(`neither a section nor a metric: ${unknown.join(", ")}`);
}
const isWanted = (name: string) =>
  wanted.length === 0 ||
  wanted.includes(name) ||
  (name === "kernel" && wanted.some((word) => word in metrics));
for (const [name, run] of Object.entries(sections)) {
  if (isWanted(name)) await run();
}
