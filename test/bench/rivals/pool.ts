import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import { type ParsedJob, serve } from "./serve.ts";

const pool = new Piscina<ParsedJob, object>({
  filename: fileURLToPath(new URL("./pool-thread.ts", import.meta.url)),
  minThreads: 2,
  maxThreads: 2,
  maxQueue: 1_000,
});

/** A pool of worker threads inside the HTTP service, with a bounded queue. */
serve((body) => pool.run(JSON.parse(body.toString()) as ParsedJob));
