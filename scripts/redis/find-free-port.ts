import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/** A loopback port that was free a moment ago. Someone else may take it first: whoever uses it must be ready to retry. */
export const findFreePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
};
