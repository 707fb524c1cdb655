export interface ServerSentEvent {
  /** `message` unless the stream names it. */
  type: string;
  data: string;
}

/**
 * Parses a stream of server-sent events as it comes.
 *
 * After the WHATWG's HTML Standard, 9.2.6 "Interpreting an event stream"; what it leaves out is the origin.
 */
export class ServerSentEventParser {
  /** What a client that comes back sends as `Last-Event-ID`. */
  lastEventId = "";
  /** After how long a client is to come back, where the stream has said so. */
  reconnectMs: number | undefined;
  /** Drops a byte order mark. */
  readonly #decoder = new TextDecoder();
  #line = "";
  #endedWithCr = false;
  #type = "";
  #data: string[] = [];
  #id = "";

  /** @returns the events that are whole now */
  push(bytes: Uint8Array): ServerSentEvent[] {
    let text = this.#decoder.decode(bytes, { stream: true });
    if (text === "") return [];
    if (this.#endedWithCr && text.startsWith("\n")) text = text.slice(1);
    this.#endedWithCr = text.endsWith("\r");
    const lines = (this.#line + text).split(/\r\n|\n|\r/);
    this.#line = lines.pop() ?? "";
    return lines.flatMap((line) => this.#take(line) ?? []);
  }

  #take(line: string): ServerSentEvent | undefined {
    if (line === "") return this.#dispatch();
    const [, field, value = ""] = /^([^:]*)(?::\u0020?(.*))?$/su.exec(line) ?? [];
    switch (field) {
      case "event":
        this.#type = value;
        break;
      case "data":
        this.#data.push(value);
        break;
      case "id":
        if (!value.includes("\0")) this.#id = value;
        break;
      case "retry":
        if (/^[0-9]+$/.test(value)) this.reconnectMs = Number(value);
        break;
    }
    return undefined;
  }

  #dispatch(): ServerSentEvent | undefined {
    const event = { type: this.#type || "message", data: this.#data.join("\n") };
    const isEvent = this.#data.length > 0;
    this.lastEventId = this.#id;
    this.#type = "";
    this.#data = [];
    return isEvent ? event : undefined;
  }
}
