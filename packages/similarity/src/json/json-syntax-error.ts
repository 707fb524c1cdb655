/** What JSON.parse would refuse, too. */
export class JsonSyntaxError extends Error {
  override readonly name = "JsonSyntaxError";
  /** Byte at which the document stops being JSON. */
  readonly offset: number;
  /** A fixed text that never quotes the document. */
  readonly reason: string;

  /** Index of the element at hand, where an array was scanned element by element. */
  readonly element: number | null;

  constructor(offset: number, reason: string, element: number | null = null) {
    super(`${element === null ? "" : `element ${element}, `}byte ${offset}: ${reason}`);
    this.offset = offset;
    this.reason = reason;
    this.element = element;
  }
}
