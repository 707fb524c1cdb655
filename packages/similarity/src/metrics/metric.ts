import type { KernelMetric } from "../kernel/kernel.ts";

/** A metric's own options as they are given, by their names on the wire. */
export type MetricOptions = Readonly<Record<string, unknown>>;

/** A number that a metric takes. */
export interface MetricOption {
  default: number;
  min: number;
  max: number;
}

export interface Metric {
  /** One sentence, for documentation. */
  definition: string;
  /** By their names on the wire; empty for most metrics. */
  options: Readonly<Record<string, MetricOption>>;
  /** What scores the texts once they are prepared. */
  kernel: KernelMetric;
  /** What the kernel is given as its option. */
  kernelOption?: (options: Readonly<Record<string, number>>) => number;
  /** Whether it compares texts with their tokens in order. */
  sorts?: boolean;
}
