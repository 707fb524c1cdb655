import { expect, test } from "vitest";
import { readTraceParent } from "../src/telemetry/traceparent.ts";

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT_ID = "00f067aa0ba902b7";

test.each<[string, 0 | 1]>([
  [`00-${TRACE_ID}-${PARENT_ID}-01`, 1],
  [`00-${TRACE_ID}-${PARENT_ID}-00`, 0],
  // Level 2's flag of a random trace id, and flags to come.
  [`00-${TRACE_ID}-${PARENT_ID}-02`, 0],
  [`00-${TRACE_ID}-${PARENT_ID}-ff`, 1],
  // Versions to come begin as this one does.
  [`cc-${TRACE_ID}-${PARENT_ID}-01`, 1],
  [`cc-${TRACE_ID}-${PARENT_ID}-01-what-the-future-will-be-like`, 1],
])("%s is a trace, sampled: %i", (header, traceFlags) => {
  expect(readTraceParent(header)).toEqual({
    traceId: TRACE_ID,
    spanId: PARENT_ID,
    traceFlags,
    isRemote: true,
  });
});

test.each([
  undefined,
  "",
  `ff-${TRACE_ID}-${PARENT_ID}-01`,
  `00-${"0".repeat(32)}-${PARENT_ID}-01`,
  `00-${TRACE_ID}-${"0".repeat(16)}-01`,
  `00-${TRACE_ID.toUpperCase()}-${PARENT_ID}-01`,
  `00-${TRACE_ID}-${PARENT_ID}-01-more`,
  `00-${TRACE_ID}-${PARENT_ID}-01-`,
  `cc-${TRACE_ID}-${PARENT_ID}-01.more`,
  `00-${TRACE_ID}-${PARENT_ID}-1`,
  `00-${TRACE_ID}-${PARENT_ID}-0g`,
  `00-${TRACE_ID.slice(1)}-${PARENT_ID}-01`,
  `0-${TRACE_ID}-${PARENT_ID}-01`,
  `00_${TRACE_ID}_${PARENT_ID}_01`,
  // Two headers, as Node joins them.
  `00-${TRACE_ID}-${PARENT_ID}-01, 00-${TRACE_ID}-${PARENT_ID}-01`,
])("%s is none", (header) => {
  expect(readTraceParent(header)).toBeNull();
});
