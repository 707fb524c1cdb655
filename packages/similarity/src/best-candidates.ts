export interface RankedCandidate {
  index: number;
  score: number;
}

/** The order of results: by score, highest first, equal scores by index. */
const inOrder = (a: RankedCandidate, b: RankedCandidate): number => b.score - a.score || a.index - b.index;

/**
 * Keeps the best of what it is offered: a binary heap with the worst of them on top, so that a candidate that does not
 * belong there costs one comparison.
 */
export class BestCandidates {
  readonly #max: number;
  readonly #heap: RankedCandidate[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  offer(candidate: RankedCandidate): void {
    if (this.#heap.length < this.#max) {
      this.#heap.push(candidate);
      this.#rise();
    } else if (inOrder(candidate, this.#heap[0]!) < 0) {
      this.#heap[0] = candidate;
      this.#sink();
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
