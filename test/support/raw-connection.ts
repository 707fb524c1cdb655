import { connect, type Socket } from "node:net";

/** What came of a connection until the server ended it. */
export interface EndedConnection {
  /** All that came. */
  text: string;
  /** Of every answer, in order; none when it was cut off without one. */
  statuses: number[];
  /** The last part of the problem's `type`; `null` when the last answer was none. */
  problem: string | null;
  lastedMs: number;
}

/** Sends bytes as they are, and resolves when the server has ended the connection; the client never does. */
export const untilEnded = (url: string, send: (socket: Socket) => void): Promise<EndedConnection> =>
  new Promise((resolve, reject) => {
    const { port, hostname } = new URL(url);
    let answer = "";
    let openedAtMs: number | undefined;
    const socket = connect(Number(port), hostname, () => {
      openedAtMs = performance.now();
      send(socket);
    });
    socket.setEncoding("utf8").on("data", (text) => {
      answer += text;
    });
    // A server that has answered may reset a connection whose body it does not want.
    socket.on("error", (error) => (openedAtMs === undefined ? reject(error) : undefined));
    socket.on("close", () => {
      resolve({
        text: answer,
        statuses: [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status)),
        problem: /"type":"\/problems\/([a-z-]+)"/.exec(answer)?.[1] ?? null,
        lastedMs: performance.now() - (openedAtMs ?? 0),
      });
    });
  });

/** Writes a piece again and again, the next when the last is under way, until the connection or the pieces end. */
export const pump = (socket: Socket, piece: string, countMax: number): void => {
  let count = 0;
  const send = (error?: Error | null) => {
    if (error || socket.destroyed || count === countMax) return;
    count += 1;
    socket.write(piece, send);
  };
  send();
};
