import { createEngine } from "../../../packages/similarity/src/engine.ts";
import { type ParsedJob, serve } from "./serve.ts";

const engine = await createEngine();

/** The same job, done where the request is handled. */
serve((body) => {
  const { metric, query, candidates, top_n } = JSON.parse(body.toString()) as ParsedJob;
  return engine.rank(metric, query, candidates, { topN: top_n });
});
