import { connect } from "node:net";

/**
 * Sends inline commands to what listens on a loopback port and reads until it hangs up, which QUIT and SHUTDOWN make a
 * Redis do.
 *
 * @returns what it answered; `undefined` when nothing listens there
 * @throws when it neither answered nor hung up in time
 */
export const talkToRedis = (port: number, commands: string[], limitMs: number): Promise<string | undefined> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.setEncoding("utf8");
    socket.on("connect", () => socket.write(`${commands.join("\r\n")}\r\n`));
    socket.on("data", (text) => {
      answer += text;
    });
    const limit = setTimeout(() => {
      socket.destroy();
      reject(new Error(`what listens on port ${port} gave no answer in ${limitMs} ms`));
    }, limitMs);
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED") return resolve(undefined);
      // A server may reset the connection instead of closing it: what it said before counts.
      resolve(answer);
    });
    socket.on("close", () => {
      clearTimeout(limit);
      resolve(answer);
    });
  });
