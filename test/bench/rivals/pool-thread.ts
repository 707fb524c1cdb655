import { createEngine } from "../../../packages/similarity/src/engine.ts";
import type { ParsedJob } from "./serve.ts";

const engine = await createEngine();

export default ({ metric, query, candidates, top_n }: ParsedJob) =>
  engine.rank(metric, query, candidates, { topN: top_n });
