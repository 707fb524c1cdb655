import type { SandboxedJob } from "bullmq";
import { createEngine } from "../../../packages/similarity/src/engine.ts";
import type { ParsedJob } from "./serve.ts";

const engine = await createEngine();

export default async ({ data }: SandboxedJob<ParsedJob>) =>
  engine.rank(data.metric, data.query, data.candidates, { topN: data.top_n });
