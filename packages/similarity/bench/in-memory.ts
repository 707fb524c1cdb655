import { KERNEL_METRICS, Kernel, type KernelMetric } from "../src/kernel/kernel.ts";
import type { Corpus } from "./corpus.ts";

const encoder = new TextEncoder();

/** Texts of equal lengths in ASCII in a kernel's memory, to be scored over and over. */
export const loadIntoKernel = (module: WebAssembly.Module, { query, texts }: Corpus) => {
  const kernel = new Kernel(module);
  const { exports } = kernel;
  const { length } = query;
  const takeText = (text: string) => {
    const at = kernel.take(text.length);
    encoder.encodeInto(text, kernel.bytes(at, text.length));
    return at;
  };
  const takeWords = (count: number) => kernel.take(count * 4);
  const count = texts.length;
  const queryAt = takeText(query);
  const codePoints = takeWords(length);
  exports.decode(queryAt, length, codePoints);
  exports.setQuery(queryAt, length, codePoints, length, takeWords(length), takeWords(length + 4));
  const [offsets, byteLengths, cells, lengths] = Array.from({ length: 4 }, () => takeWords(count)) as [
    number,
    number,
    number,
    number,
  ];
  const order = takeWords(count + exports.ORDER_SPARE.value);
  const scores = kernel.take(count * 8);
  const bytes = takeText(texts.join(""));
  exports.setTexts(offsets, byteLengths, cells, lengths);
  exports.setOrder(order);
  exports.setScores(scores);
  kernel.words(lengths, count).fill(length);
  exports.cutTexts(bytes, lengths, count);
  const places = kernel.words(offsets, count).slice();
  const room = takeText(texts.join(""));
  const [list, spare] = [kernel.take((length + 2) * 12), kernel.take((length + 2) * 12)] as const;

  /** @returns what scores them all by a metric */
  return (metric: KernelMetric, option = 0, sorts = false) => {
    const number = KERNEL_METRICS[metric];
    const scratch = kernel.take(exports.scratchBytes(number, length, count, option));
    return (scoreMin = 0): void => {
      if (sorts) {
        kernel.words(offsets, count).set(places);
        kernel.words(byteLengths, count).fill(length);
        exports.sortTexts(count, room, list, spare);
      }
      exports.encodeTexts(count, 0);
      exports.setScratch(number, scratch, length, count, option);
      exports.score(number, 0, count, scoreMin, option);
    };
  };
};
