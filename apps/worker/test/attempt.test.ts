import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Attempt, type Verdict } from "../src/sandbox/attempt.ts";
import type { SandboxThread } from "../src/sandbox/sandbox-thread.ts";

const DEADLINE_MS = 100;
const thread = {} as SandboxThread;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const EVENTS = ["answer", "deadline", "interrupt"] as const;
const VERDICT = { answer: "answered", deadline: "timed_out", interrupt: "interrupted" } satisfies Record<
  string,
  Verdict
>;

test("whatever comes first settles an attempt, and its thread is killed at most once", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...EVENTS), { minLength: 1, maxLength: 8 }), (events) => {
      const kill = vi.fn();
      const attempt = new Attempt(thread, DEADLINE_MS, kill);
      const happen = {
        answer: () => attempt.answered(),
        deadline: () => vi.advanceTimersByTime(DEADLINE_MS),
        interrupt: () => attempt.interrupt(),
      };
      for (const event of events) happen[event]();
      const first = events[0]!;
      expect(attempt.answered()).toBe(VERDICT[first]);
      expect(kill).toHaveBeenCalledTimes(first === "answer" ? 0 : 1);
      expect(vi.getTimerCount()).toBe(0);
    }),
  );
});
