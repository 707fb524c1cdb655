import { pbkdf2Sync } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { MISDEEDS, type Misdeed } from "./misdeeds.ts";

/** As far as it is used here; the types of Node do not have it. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: { spin: () => void } };
};

/** `(module (func (export "spin") (loop (br 0))))` */
const SPINNING_WASM = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // magic, version
  ...[0x01, 0x04, 0x01, 0x60, 0x00, 0x00], // one type: () -> ()
  ...[0x03, 0x02, 0x01, 0x00], // one function of it
  ...[0x07, 0x08, 0x01, 0x04, 0x73, 0x70, 0x69, 0x6e, 0x00, 0x00], // export "spin"
  ...[0x0a, 0x09, 0x01, 0x07, 0x00, 0x03, 0x40, 0x0c, 0x00, 0x0b, 0x0b], // loop, br 0
);

const spinInWasm = () => {
  new WebAssembly.Instance(new WebAssembly.Module(SPINNING_WASM)).exports.spin();
};

/** A minute or so on this machine: no test waits for its end. */
const NATIVE_ITERATIONS = 100_000_000;

const never = () => new Promise<never>(() => undefined);

/** Does to this thread what the number says; returns only for `none` and its like. */
export const misbehave = async (
  number: number,
  job: { updateProgress: (value: number) => unknown },
): Promise<void> => {
  const deeds: Record<Misdeed, () => unknown> = {
    none: () => undefined,
    "spins in JavaScript": () => {
      for (;;);
    },
    "throws outside of the job": () => {
      setTimeout(() => {
        throw new Error("thrown outside of the job");
      });
      return never();
    },
    exits: () => process.exit(7),
    "runs out of memory": () => {
      const hoard: unknown[] = [];
      for (;;) hoard.push(new Array(100_000).fill(hoard.length));
    },
    "leaves a rejection unhandled": () => {
      Promise.reject(new Error("rejected and not handled"));
      return never();
    },
    "spins in WebAssembly": spinInWasm,
    "matches a catastrophic regular expression": () => /^(a+)+$/.test(`${"a".repeat(64)}b`),
    "waits for what never comes": () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
    "is inside of a native call": () => pbkdf2Sync("password", "salt", NATIVE_ITERATIONS, 64, "sha512"),
    "floods the main thread": () => {
      for (;;) job.updateProgress(1);
    },
    "kills its process": () => {
      process.kill(process.pid, "SIGKILL");
      return never();
    },
    "none, for a second": () => delay(1_000),
    "throws what quotes a text": () => {
      throw new Error('there is no candidate "Sankt-Peterburg-at-night"');
    },
  };
  const [what] = Object.entries(MISDEEDS).find(([, of]) => of === number) ?? [];
  if (what === undefined) throw new Error(`there is no misdeed ${number}`);
  await deeds[what as Misdeed]();
};
