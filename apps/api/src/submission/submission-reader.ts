import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { countCharacters } from "@semblance/shared/job/count-characters";
import { jobCells } from "@semblance/shared/job/job-cost";
import type { SubmissionLimits } from "@semblance/shared/job/limits";
import { type SubmissionEnvelope, submissionEnvelopeSchema } from "@semblance/shared/job/submission";
import { countValues } from "@semblance/similarity/json/count-values";
import { createJsonScanner, type JsonScanner } from "@semblance/similarity/json/json-scanner";
import { Piscina } from "piscina";
import { z } from "zod";
import { Problem } from "../problems/problem.ts";
import { ISSUES_MAX, toProblemIssues } from "../problems/zod-issues.ts";
import { invalidJson } from "./invalid-json.ts";
import {
  type BrokenJson,
  type LookedThrough,
  lookThrough,
  lookThroughFast,
  parseJson,
} from "./look-through.ts";
import { BATCH_JOBS_MAX, type LookedThroughBatch, lookThroughBatch } from "./look-through-batch.ts";
import type { LookThroughAnswer, LookThroughTask } from "./look-through-thread.ts";

/** A kind of body: the name under which its candidates stand, and what is beside them. */
export interface BodyShape<Envelope extends SubmissionEnvelope = SubmissionEnvelope> {
  member: string;
  envelopeSchema: z.ZodType<Envelope>;
}

export interface Submission<Envelope extends SubmissionEnvelope = SubmissionEnvelope> {
  envelope: Envelope;
  /** The JSON array as it came: checked and counted, never parsed. Nobody else has the body's memory. */
  candidates: Buffer<ArrayBuffer>;
  candidateCount: number;
  /** Of all ids, as the JSON strings that they came as. */
  idBytes: number;
}

/** What an envelope may have beside its metadata; parsing and checking half a million would hold up all other requests. */
const OTHER_VALUES_MAX = 1_000;
/** So many escapes are decoded on the main thread, in about 2 ms; a body with more is looked through in another. */
const INLINE_ESCAPES_MAX = 200_000;
/** A body up to here that is wrong or oddly written is looked through at once; a larger one in another thread. */
const INLINE_BYTES_MAX = 65_536;
/** How many bodies may wait for that thread, and how long a body may take in all; it is some 0.1 s for 16 MiB. */
const WAITING_MAX = 8;
const LOOK_LIMIT_MS = 10_000;
/** For how long jobs of a batch are parsed and checked before other requests get their turn. */
const SLICE_MS = 5;
const THREAD_IDLE_MS = 30_000;
const THREAD_HEAP_MB = 64;

const THREAD = fileURLToPath(new URL("./look-through-thread.ts", import.meta.url));

const isBroken = (found: object): found is BrokenJson => "offset" in found;

/** A batch, but for the jobs, which stand in it as `null`. */
const batchSchema = z.strictObject({ jobs: z.null() });

const overloaded = (cause?: unknown) =>
  new Problem("overloaded", { detail: "Too many bodies of this kind wait.", retryAfterS: 1 }, { cause });

const invalidRequest = (pointer: string, detail: string) =>
  new Problem("invalid-request", { errors: [{ pointer, detail }] });

/** Reads submissions: what a body holds beside its candidates is parsed, and the candidates are only looked through. */
export class SubmissionReader {
  readonly #limits: SubmissionLimits;
  readonly #jobShape: BodyShape;
  readonly #scanner: JsonScanner;
  readonly #threads = new Piscina<LookThroughTask, LookThroughAnswer<never>>({
    filename: THREAD,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: THREAD_IDLE_MS,
    resourceLimits: { maxOldGenerationSizeMb: THREAD_HEAP_MB },
    execArgv: [],
  });

  /** See {@link createSubmissionReader}. */
  constructor(limits: SubmissionLimits, scanner: JsonScanner) {
    this.#limits = limits;
    this.#jobShape = { member: "candidates", envelopeSchema: submissionEnvelopeSchema(limits) };
    this.#scanner = scanner;
  }

  /**
   * @param body a job's; its memory is the reader's from now on
   * @throws {Problem} `invalid-json` with the offset of the first wrong byte; `invalid-request` with every wrong place;
   * `too-expensive`; `overloaded`
   */
  read(body: Buffer<ArrayBuffer>): Promise<Submission> {
    return this.readShape(body, this.#jobShape);
  }

  /** The same for a body of another shape. */
  async readShape<Envelope extends SubmissionEnvelope>(
    body: Buffer<ArrayBuffer>,
    shape: BodyShape<Envelope>,
  ): Promise<Submission<Envelope>> {
    const found = lookThroughFast(body, shape.member, this.#limits, this.#scanner);
    if (found) {
      const parsed = this.#parseRest(found, shape);
      if (parsed !== undefined) return this.#toSubmission(body, found, parsed, shape);
    }
    return this.#readSlowly(body, shape);
  }

  /**
   * Reads a batch of jobs, `{ "jobs": [submission, …] }`.
   *
   * @param body whose memory is the reader's from now on, and which all candidates are parts of
   * @returns for each job what it holds, or what is wrong with it
   * @throws {Problem} `invalid-json`, `invalid-request`, `overloaded` for the batch as a whole
   */
  async readBatch(body: Buffer<ArrayBuffer>): Promise<(Submission | Problem)[]> {
    const { member } = this.#jobShape;
    const isShort = body.length <= INLINE_BYTES_MAX;
    const looked = isShort
      ? { body, found: lookThroughBatch(body, member, this.#limits, this.#scanner) }
      : await this.#lookThroughElsewhere<LookedThroughBatch>(body, member, "batch");
    const { found } = looked;
    if (isBroken(found)) throw invalidJson(found);
    const jobs = this.#requireJobs(found);
    const submissions: (Submission | Problem)[] = [];
    let sliceEndMs = performance.now() + SLICE_MS;
    for (const { span, found } of jobs) {
      const bytes = Buffer.from(
        looked.body.buffer,
        looked.body.byteOffset + span.start,
        span.end - span.start,
      );
      submissions.push(this.#tryToSubmission(bytes, found));
      if (performance.now() > sliceEndMs) {
        await setImmediate();
        sliceEndMs = performance.now() + SLICE_MS;
      }
    }
    return submissions;
  }

  async close(): Promise<void> {
    await this.#threads.close({ force: true });
  }

  async #readSlowly<Envelope extends SubmissionEnvelope>(
    sent: Buffer<ArrayBuffer>,
    shape: BodyShape<Envelope>,
  ): Promise<Submission<Envelope>> {
    const isShort = sent.length <= INLINE_BYTES_MAX;
    const { body, found } = isShort
      ? { body: sent, found: lookThrough(sent, shape.member, this.#limits) }
      : await this.#lookThroughElsewhere(sent, shape.member);
    if (isBroken(found)) throw invalidJson(found);
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
    return this.#toSubmission(bytes, found, this.#parseRest(found, shape), shape);
  }

  #requireJobs({ rest, jobs, jobCount }: LookedThroughBatch) {
    if (!rest) {
      throw invalidRequest(
        "",
        `everything but the jobs has more than ${this.#limits.envelopeBytesMax} bytes`,
      );
    }
    const values = countValues(rest);
    if (values > OTHER_VALUES_MAX) {
      throw invalidRequest(
        "",
        `everything but the jobs has ${values} values, ${OTHER_VALUES_MAX} are allowed`,
      );
    }
    const parsed = batchSchema.safeParse(parseJson(rest));
    if (!parsed.success) {
      throw new Problem("invalid-request", { errors: toProblemIssues(parsed.error).slice(0, ISSUES_MAX) });
    }
    if (!jobs) throw invalidRequest("/jobs", "is no array of jobs");
    if (jobCount === 0) throw invalidRequest("/jobs", "is empty");
    if (jobCount > BATCH_JOBS_MAX) {
      throw invalidRequest("/jobs", `has ${jobCount} jobs, ${BATCH_JOBS_MAX} are allowed`);
    }
    return jobs;
  }

  #tryToSubmission(bytes: Buffer<ArrayBuffer>, found: LookedThrough | BrokenJson): Submission | Problem {
    try {
      if (isBroken(found)) throw invalidJson(found);
      return this.#toSubmission(bytes, found, this.#parseRest(found, this.#jobShape), this.#jobShape);
    } catch (error) {
      if (error instanceof Problem) return error;
      throw error;
    }
  }

  async #lookThroughElsewhere<Found = LookedThrough>(
    body: Buffer<ArrayBuffer>,
    member: string,
    kind?: "batch",
  ): Promise<LookThroughAnswer<Found>> {
    // Piscina's own limit does not count all that wait.
    if (this.#threads.queueSize >= WAITING_MAX) throw overloaded();
    try {
      return await this.#threads.run(
        { body, member, limits: this.#limits },
        {
          transferList: [body.buffer],
          signal: AbortSignal.timeout(LOOK_LIMIT_MS),
          ...(kind ? { name: kind } : {}),
        },
      );
    } catch (error) {
      // Its time was over. Whatever else went wrong is no load.
      if ((error as Error).name === "AbortError") throw overloaded(error);
      throw error;
    }
  }

  /**
   * @returns `undefined` when it is no JSON
   * @throws {Problem} `invalid-request` when there is too much beside the candidates to be parsed
   */
  #parseRest({ rest, restBytes }: LookedThrough, { member }: BodyShape): unknown {
    const { envelopeBytesMax, metadataPairsMax } = this.#limits;
    const refuse = (has: string, max: number) =>
      invalidRequest("", `everything but the ${member} has ${has}, ${max} are allowed`);
    if (!rest) throw refuse(`${restBytes} bytes`, envelopeBytesMax);
    const values = countValues(rest);
    const valuesMax = metadataPairsMax + OTHER_VALUES_MAX;
    if (values > valuesMax) throw refuse(`${values} values`, valuesMax);
    return parseJson(rest);
  }

  #toSubmission<Envelope extends SubmissionEnvelope>(
    body: Buffer<ArrayBuffer>,
    { candidates, scan, issues }: LookedThrough,
    parsed: unknown,
    { member, envelopeSchema }: BodyShape<Envelope>,
  ): Submission<Envelope> {
    if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
      throw invalidRequest("", "is not an object");
    }
    const { [member]: _, ...fields } = parsed as Record<string, unknown>;
    // Spread copies "__proto__" as the own property that it is, so the schema sees and refuses it.
    const envelope = envelopeSchema.safeParse(fields);
    if (!envelope.success || !candidates || !scan) {
      const all = [...(envelope.error ? toProblemIssues(envelope.error) : []), ...issues];
      throw new Problem("invalid-request", { errors: all.slice(0, ISSUES_MAX) });
    }
    this.#requireCheap(envelope.data, scan.chars);
    const { count: candidateCount, idBytes } = scan;
    const bytes = body.subarray(candidates.start, candidates.end);
    return { envelope: envelope.data, candidates: bytes, candidateCount, idBytes };
  }

  #requireCheap({ metric, query }: SubmissionEnvelope, candidateChars: number): void {
    const limit = this.#limits.jobCellsMax;
    const cells = jobCells(metric, countCharacters(query), candidateChars);
    if (cells <= limit) return;
    throw new Problem("too-expensive", {
      detail: `By ${metric} the query and the candidates make ${cells} cells, and ${limit} are allowed.`,
      errors: [{ pointer: "", detail: `${cells} cells, ${limit} are allowed` }],
      members: { cells, limit },
    });
  }
}

/** @param limits fixed for the process, so that the schema is made once */
export const createSubmissionReader = async (limits: SubmissionLimits): Promise<SubmissionReader> =>
  new SubmissionReader(limits, await createJsonScanner({ escapesMax: INLINE_ESCAPES_MAX }));
