import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { StartBreaker } from "../src/sandbox/start-breaker.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const create = () => {
  const hooks = { open: vi.fn(), probe: vi.fn<() => Promise<void>>(), close: vi.fn() };
  hooks.probe.mockRejectedValue(new Error("still broken"));
  return { hooks, breaker: new StartBreaker({ threshold: 3, pauseMinMs: 1_000, pauseMaxMs: 4_000 }, hooks) };
};

test("opens after so many failures one after another, and not before", () => {
  const { hooks, breaker } = create();
  breaker.failed();
  breaker.failed();
  breaker.succeeded();
  breaker.failed();
  breaker.failed();
  expect([breaker.isOpen, hooks.open.mock.calls.length]).toEqual([false, 0]);
  breaker.failed();
  breaker.failed();
  expect([breaker.isOpen, hooks.open.mock.calls.length]).toEqual([true, 1]);
});

test("probes with doubling pauses up to the longest, until a start succeeds", async () => {
  const { hooks, breaker } = create();
  for (let failure = 0; failure < 3; failure += 1) breaker.failed();
  const probes: number[] = [];
  for (const pauseMs of [1_000, 2_000, 4_000, 4_000]) {
    await vi.advanceTimersByTimeAsync(pauseMs - 1);
    probes.push(hooks.probe.mock.calls.length);
    await vi.advanceTimersByTimeAsync(1);
  }
  expect(probes).toEqual([0, 1, 2, 3]);
  expect(hooks.close).not.toHaveBeenCalled();

  hooks.probe.mockResolvedValue();
  await vi.advanceTimersByTimeAsync(4_000);
  expect([breaker.isOpen, hooks.close.mock.calls.length]).toEqual([false, 1]);
  expect(vi.getTimerCount()).toBe(0);
  breaker.failed();
  expect(breaker.isOpen).toBe(false);
});

test("leaves no timer behind when it is stopped", () => {
  const { breaker } = create();
  for (let failure = 0; failure < 3; failure += 1) breaker.failed();
  breaker.stop();
  expect([breaker.isOpen, vi.getTimerCount()]).toEqual([false, 0]);
});
