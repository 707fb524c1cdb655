import { appendFileSync, readFileSync } from "node:fs";

export const startsFile = (ordersFile: string): string => `${ordersFile}.starts`;

/** A thread's start goes as a file says: it throws, exits, hangs, or works. Each one is noted in a file beside it. */
export const startAsTold = (ordersFile: string): void => {
  const order = readFileSync(ordersFile, "utf8");
  appendFileSync(startsFile(ordersFile), `${order}\n`);
  switch (order) {
    case "throw":
      throw new Error("thrown on import");
    case "exit":
      process.exit(1);
      break;
    case "hang":
      for (;;);
  }
};
