import type { KernelMetric } from "../kernel/kernel.ts";

/** A metric's own options as they are given, by their names on the wire. */
export type MetricOptions = Readonly<Record<string, unknown>>;

export type OptionValue = number | string | boolean | null;

/** What a metric takes: a number, one of some words, or true or false. A default of `null` depends on the other options. */
export type MetricOption =
  | { default: number | null; min: number; max: number; isWhole?: boolean }
  | { default: string; choices: readonly string[] }
  | { default: boolean };

export interface Metric {
  /** By their names on the wire; empty for most metrics. */
  options: Readonly<Record<string, MetricOption>>;
  /** What scores the texts once they are prepared. */
  kernel: KernelMetric;
  /** What the kernel is given as its option. */
  kernelOption?: (options: Readonly<Record<string, OptionValue>>) => number;
  /** Whether it compares texts with their tokens in order. */
  sorts?: boolean;
  /** Whether a score depends on all candidates. */
  needsAll?: boolean;
  /** What query and candidates alike are turned into before. */
  prepare?: (text: string) => string;
}
