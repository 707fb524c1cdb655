export interface RankedCandidate {
  index: number;
  score: number;
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
  offerAll(from: number, scores: Float64Array, threshold: number): void {
    for (let offset = 0; offset < scores.length; offset += 1) {
      const score = scores[offset]!;
      if (score < threshold) continue;
      if (this.#heap.length < this.#max) {
        this.#heap.push({ index: from + offset, score });
        this.#rise();
      } else if (score > this.#heap[0]!.score) {
        this.#heap[0] = { index: from + offset, score };
        this.#sink();
      }
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
