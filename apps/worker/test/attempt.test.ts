import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Attempt, type Outcome, type StopReason } from "../src/sandbox/attempt.ts";

const DEADLINE_MS = 100;

/** Everything that races to settle an attempt, and what each makes of it when it comes first. */
const RACERS = {
  answer: { act: (attempt) => attempt.answer("yes"), verdict: "answered" },
  death: { act: (attempt) => attempt.die(), verdict: "died" },
  deadline: { act: () => vi.advanceTimersByTime(DEADLINE_MS), verdict: "timed_out" },
  cancel: { act: (attempt) => attempt.stop("canceled"), verdict: "canceled" },
  shutdown: { act: (attempt) => attempt.stop("interrupted"), verdict: "interrupted" },
  "lost lock": { act: (attempt) => attempt.stop("lost"), verdict: "lost" },
} satisfies Record<string, { act: (attempt: Attempt<string>) => void; verdict: Outcome<string>["verdict"] }>;

type Racer = keyof typeof RACERS;
const NAMES = Object.keys(RACERS) as Racer[];

const ordersOf = <Item>(items: readonly Item[]): Item[][] =>
  items.length === 0
    ? [[]]
    : items.flatMap((first) =>
        ordersOf(items.filter((item) => item !== first)).map((rest) => [first, ...rest]),
      );

/** Lets every promise that can settle do so. */
const settle = async () => {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Runs one interleaving; the killed thread dies after so many events of it. */
const race = async (order: readonly Racer[], dieAfter: number) => {
  const killed = Promise.withResolvers<void>();
  const kill = vi.fn((_: StopReason) => killed.promise);
  const attempt = new Attempt<string>({ deadlineMs: DEADLINE_MS, kill });
  const outcomes: Outcome<string>[] = [];
  void attempt.outcome.then((outcome) => outcomes.push(outcome));

  const [first] = order;
  for (const [index, name] of order.entries()) {
    if (index === dieAfter) killed.resolve();
    RACERS[name].act(attempt);
    await settle();
    const isKilled = kill.mock.calls.length > 0;
    // What was stopped is over when its thread is dead, and not before.
    expect(outcomes.length).toBe(isKilled && index < dieAfter ? 0 : 1);
  }
  killed.resolve();
  await settle();

  const { verdict } = RACERS[first!];
  expect(outcomes).toEqual([verdict === "answered" ? { verdict, answer: "yes" } : { verdict }]);
  expect(kill.mock.calls).toEqual(verdict === "answered" || verdict === "died" ? [] : [[verdict]]);
  expect(vi.getTimerCount()).toBe(0);
};

describe("answer, death, deadline, cancel, shutdown and a lost lock in any order", () => {
  // Every order of the six, and every moment of the killed thread's death in it: 720 times 7 interleavings.
  test.each(NAMES)("settle an attempt exactly once when the first is the %s", async (first) => {
    const orders = ordersOf(NAMES.filter((name) => name !== first));
    for (const rest of orders) {
      for (let dieAfter = 0; dieAfter <= NAMES.length; dieAfter += 1) await race([first, ...rest], dieAfter);
    }
  });
});

test("a kill that fails settles the attempt all the same", async () => {
  const attempt = new Attempt<string>({
    deadlineMs: DEADLINE_MS,
    kill: () => Promise.reject(new Error("no")),
  });
  attempt.stop("canceled");
  expect(await attempt.outcome).toEqual({ verdict: "canceled" });
});
