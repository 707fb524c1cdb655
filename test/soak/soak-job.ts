import { METRIC_NAMES, type MetricName } from "@semblance/shared/job/metric-names";
import { PRIORITIES, type Priority } from "@semblance/shared/job/submission";
import { createRandom, type Random } from "../support/random.ts";
import { type Behaviour, MISBEHAVIOUR_NAMES, timeoutMsOf } from "./behaviour.ts";

export interface SoakSubmission {
  query: string;
  candidates: string[];
  metric: MetricName;
  timeout_ms?: number;
  expires_in_ms?: number;
  priority: Priority;
  /** By which the job is known in a list. */
  metadata: { index: string };
}

/** One job of the load. */
export interface SoakJob {
  index: number;
  behaviour: Behaviour;
  submission: SoakSubmission;
  /** When it is canceled, after it was accepted; `null` for most. */
  cancelAfterMs: number | null;
  /** Whether it may end as expired. */
  isBrief: boolean;
  /** Whether its end is to be told. */
  wantsWebhook: boolean;
}

const MISBEHAVING_SHARE = 0.15;
const CANCELED_SHARE = 0.05;
const BRIEF_SHARE = 0.02;
const WEBHOOK_SHARE = 0.5;
const CANCEL_AFTER_MS_MAX = 600;
const BRIEF_MS = 1_000;

/** Few letters, so that texts have much in common; of one, two and three bytes and a pair of surrogates. */
const LETTERS = [..."aabbcdeé日😀  "];

const text = (random: Random, charsMin: number, charsMax: number) =>
  Array.from({ length: random.between(charsMin, charsMax) }, () => random.pick(LETTERS)).join("");

/** The job with this index under this seed: always the same one. */
export const createSoakJob = (seed: number, index: number): SoakJob => {
  const random = createRandom(seed, index);
  const behaviour = random.fraction() < MISBEHAVING_SHARE ? random.pick(MISBEHAVIOUR_NAMES) : "scores";
  const isCanceled = random.fraction() < CANCELED_SHARE;
  const isBrief = random.fraction() < BRIEF_SHARE;
  const wantsWebhook = createRandom(seed, -2 - index).fraction() < WEBHOOK_SHARE;
  return {
    index,
    behaviour,
    cancelAfterMs: isCanceled ? random.between(0, CANCEL_AFTER_MS_MAX) : null,
    isBrief,
    wantsWebhook,
    submission: {
      query: text(random, 1, 30),
      candidates: Array.from({ length: random.between(5, 50) }, () => text(random, 0, 30)),
      metric: random.pick(METRIC_NAMES),
      priority: random.pick(PRIORITIES),
      metadata: { index: String(index) },
      ...(behaviour === "scores" ? {} : { timeout_ms: timeoutMsOf(behaviour) }),
      ...(isBrief ? { expires_in_ms: BRIEF_MS } : {}),
    },
  };
};
