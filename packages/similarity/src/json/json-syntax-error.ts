/** What JSON.parse would refuse, too. */
export class JsonSyntaxError extends Error {
  override readonly name = "JsonSyntaxError";
  /** Byte at which the document stops being JSON. */
  readonly offset: number;
  /** A fixed text that never quotes the document. */
  readonly reason: string;

  constructor(offset: number, reason: string) {
    super(`byte ${offset}: ${reason}`);
    this.offset = offset;
    this.reason = reason;
  }
}
