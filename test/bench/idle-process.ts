import { announceReady } from "@semblance/shared/lifecycle/launcher";

/** The control: a process that does nothing but wait for its launcher to go, and for timers of `TIMER_MS`, if that is set. */
const timerMs = Number(process.env["TIMER_MS"] ?? 0);
const lateMs: number[] = [];

const waitAgain = () => {
  const startedAtMs = performance.now();
  setTimeout(() => {
    lateMs.push(performance.now() - startedAtMs - timerMs);
    waitAgain();
  }, timerMs);
};

if (timerMs > 0) waitAgain();
process.on("message", (message) => {
  if (message === "timer-lateness") process.send?.({ type: "timer-lateness", lateMs });
});
process.on("disconnect", () => process.exit(0));
announceReady();
