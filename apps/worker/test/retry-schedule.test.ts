import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nextDelayMs, scheduleMs } from "../src/webhooks/retry-schedule.ts";

const DAY_MS = 24 * 3_600_000;
const schedules = fc.array(fc.integer({ min: 0, max: DAY_MS }), { minLength: 1, maxLength: 50 });
/** As `Math.random` draws them. */
const fractions = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const retryAfters = fc.option(fc.integer({ min: 0, max: 10_000_000 }));

/** A schedule, and a number of attempts after which it goes on. */
const going = schedules.chain((schedule) =>
  fc.integer({ min: 0, max: schedule.length - 1 }).chain((made) => fc.constant({ schedule, made })),
);

describe("the next attempt comes", () => {
  test("no sooner than the schedule says, and no more than a fifth later", () => {
    fc.assert(
      fc.property(going, fractions, ({ schedule, made }, fraction) => {
        const delayMs = nextDelayMs(schedule, made, null, () => fraction)!;
        expect(delayMs).toBeGreaterThanOrEqual(schedule[made]!);
        expect(delayMs).toBeLessThanOrEqual(Math.round(schedule[made]! * 1.2));
      }),
    );
  });

  test("no sooner than the receiver asked, up to a day, and else as without its asking", () => {
    fc.assert(
      fc.property(going, fractions, retryAfters, ({ schedule, made }, fraction, retryAfterS) => {
        const scheduledMs = nextDelayMs(schedule, made, null, () => fraction)!;
        const askedMs = Math.min((retryAfterS ?? 0) * 1_000, DAY_MS);
        expect(nextDelayMs(schedule, made, retryAfterS, () => fraction)).toBe(Math.max(scheduledMs, askedMs));
      }),
    );
  });

  test("never once the schedule is over, whatever the receiver asks", () => {
    fc.assert(
      fc.property(
        schedules,
        fc.integer({ min: 0, max: 10 }),
        retryAfters,
        (schedule, beyond, retryAfterS) => {
          expect(nextDelayMs(schedule, schedule.length + beyond, retryAfterS)).toBeNull();
        },
      ),
    );
  });
});

test("what failed together does not come back together", () => {
  const delaysMs = Array.from({ length: 1_000 }, () => nextDelayMs([0, 300_000], 1, null)!);
  // Drawn evenly from a minute, some 250 come into each quarter of it.
  for (const quarterMs of [300_000, 315_000, 330_000, 345_000]) {
    const within = delaysMs.filter((delayMs) => delayMs >= quarterMs && delayMs < quarterMs + 15_000);
    expect(within.length).toBeGreaterThan(100);
  }
});

test("a schedule takes as long as its longest delays do together", () => {
  fc.assert(
    fc.property(schedules, (schedule) => {
      const longest = schedule.map((_, made) => nextDelayMs(schedule, made, null, () => 1)!);
      const sum = longest.reduce((total, delayMs) => total + delayMs, 0);
      expect(Math.abs(scheduleMs(schedule) - sum)).toBeLessThanOrEqual(schedule.length / 2 + 1e-3);
    }),
  );
});
