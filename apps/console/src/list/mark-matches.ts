/** A text is the parts of it, one after the other. */
export interface TextPart {
  text: string;
  isMatch: boolean;
}

/** A run that is shorter stands in nearly every text. */
const RUN_CHARACTERS_MIN = 3;

const WORD_CHARACTER = /[^\s\p{P}]/u;
const BETWEEN_WORDS = /[\s\p{P}]+/u;

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Characters as people count them: neither an emoji nor a letter and its accent is ever cut. */
const toCharacters = (text: string): string[] =>
  Array.from(segmenter.segment(text), ({ segment }) => segment);

/** The same for characters that differ in case and accents alone. By capitals, since two small sigmas have one. */
const fold = (character: string): string => character.normalize("NFD").replace(/\p{M}/gu, "").toUpperCase();

/** For each place in the text, how long the run from there is that also stands somewhere in the query. */
const measureRuns = (text: string[], query: string[]): Uint16Array => {
  const placesInQuery = Map.groupBy(query.keys(), (at) => query[at]!);
  const longest = new Uint16Array(text.length);
  // By their places in the query, the runs that begin here, and those that begin one character on; 0 where there is none.
  let runs = new Uint16Array(query.length + 1);
  let runsAfter = new Uint16Array(query.length + 1);
  let placesAfter: number[] = [];
  for (let place = text.length - 1; place >= 0; place -= 1) {
    const places = placesInQuery.get(text[place]!) ?? [];
    let max = 0;
    for (const at of places) {
      const length = runsAfter[at + 1]! + 1;
      runs[at] = length;
      if (length > max) max = length;
    }
    longest[place] = max;
    for (const at of placesAfter) runsAfter[at] = 0;
    [runs, runsAfter, placesAfter] = [runsAfter, runs, places];
  }
  return longest;
};

/**
 * Marks what a text has in common with the query, whatever the case and the accents: from the left, at each place the longest run that
 * also stands in the query. A run has three characters or more, or is a whole word of both, or the whole query. White space at its ends is
 * not marked.
 *
 * Takes time by the product of both lengths at most, which the caller limits: 1,000 and 2,000 characters are a matter of milliseconds.
 */
export const markMatches = (query: string, text: string): TextPart[] => {
  const characters = toCharacters(text);
  const folded = characters.map(fold);
  const wanted = toCharacters(query.trim()).map(fold);
  const lengthMin = Math.min(RUN_CHARACTERS_MIN, wanted.length);
  const runs = measureRuns(folded, wanted);
  const queryWords = new Set(wanted.join("").split(BETWEEN_WORDS));

  const isBlank = (place: number): boolean => characters[place]!.trim() === "";
  const isInWord = (place: number): boolean => WORD_CHARACTER.test(folded[place] ?? "");
  /** The length of the run that is marked from there; 0 where none is. */
  const measureMatch = (place: number): number => {
    if (isBlank(place)) return 0;
    let end = place + runs[place]!;
    while (end > place && isBlank(end - 1)) end -= 1;
    if (end - place >= lengthMin) return end - place;
    if (isInWord(place - 1)) return 0;
    end = place;
    while (isInWord(end)) end += 1;
    return queryWords.has(folded.slice(place, end).join("")) ? end - place : 0;
  };

  const parts: TextPart[] = [];
  for (let place = 0; place < characters.length; ) {
    const length = measureMatch(place);
    const isMatch = length > 0;
    const end = place + Math.max(length, 1);
    const part = characters.slice(place, end).join("");
    const last = parts.at(-1);
    if (last?.isMatch === isMatch) last.text += part;
    else parts.push({ text: part, isMatch });
    place = end;
  }
  return parts;
};
