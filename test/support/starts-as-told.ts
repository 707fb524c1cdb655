import { readFileSync } from "node:fs";

/** A thread's start goes as a file says: it throws, exits, hangs, or works. */
export const startAsTold = (ordersFile: string): void => {
  switch (readFileSync(ordersFile, "utf8")) {
    case "throw":
      throw new Error("thrown on import");
    case "exit":
      process.exit(1);
      break;
    case "hang":
      for (;;);
  }
};
