export interface RankedCandidate {
  index: number;
  score: number;
}

/** Scores of candidates that follow one another, good until the call that gets them returns. */
export interface Scores {
  /** The index of the first candidate. */
  first: number;
  values: Float64Array;
  /** The first of the values from here on that is at least `least` and more than `above`; their count when there is none. */
  next(from: number, least: number, above: number): number;
}

/** The order of results: by score, highest first, equal scores by index. */
const inOrder = (a: RankedCandidate, b: RankedCandidate): number => b.score - a.score || a.index - b.index;

/**
 * Keeps the best of what it is offered, in the order of their indices: a binary heap with the worst of them on top, so that a
 * candidate that does not belong there costs one comparison.
 */
export class BestCandidates {
  readonly #max: number;
  readonly #heap: RankedCandidate[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  /** What comes next must be above this to be kept; 0 while there is room. */
  get scoreMin(): number {
    return this.#heap.length < this.#max ? 0 : (this.#heap[0]?.score ?? 0);
  }

  /** @param threshold scores below it are dropped */
  offerAll({ first, values, next }: Scores, threshold: number): void {
    let above = this.#heap.length < this.#max ? Number.NEGATIVE_INFINITY : this.scoreMin;
    for (let at = 0; at < values.length; at += 1) {
      const score = values[at]!;
      if (score < threshold || score <= above) {
        at = next(at + 1, threshold, above) - 1;
        continue;
      }
      if (this.#heap.length < this.#max) {
        this.#heap.push({ index: first + at, score });
        this.#rise();
        if (this.#heap.length < this.#max) continue;
      } else {
        this.#heap[0] = { index: first + at, score };
        this.#sink();
      }
      above = this.scoreMin;
    }
  }

  /** Ends the collection. */
  ranked(): RankedCandidate[] {
    return this.#heap.sort(inOrder);
  }

  #isWorse(a: number, b: number): boolean {
    return inOrder(this.#heap[a]!, this.#heap[b]!) > 0;
  }

  #swap(a: number, b: number): void {
    [this.#heap[a], this.#heap[b]] = [this.#heap[b]!, this.#heap[a]!];
  }

  #rise(): void {
    let at = this.#heap.length - 1;
    for (let parent = (at - 1) >> 1; at > 0 && this.#isWorse(at, parent); parent = (at - 1) >> 1) {
      this.#swap(at, parent);
      at = parent;
    }
  }

  #sink(): void {
    let at = 0;
    for (;;) {
      const left = at * 2 + 1;
      if (left >= this.#heap.length) return;
      const worse = left + 1 < this.#heap.length && this.#isWorse(left + 1, left) ? left + 1 : left;
      if (!this.#isWorse(worse, at)) return;
      this.#swap(worse, at);
      at = worse;
    }
  }
}
