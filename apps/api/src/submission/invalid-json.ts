import { Problem } from "../problems/problem.ts";
import type { BrokenJson } from "./look-through.ts";

/** The problem for a body that stops being JSON at a byte. */
export const invalidJson = ({ offset, reason }: BrokenJson): Problem =>
  new Problem("invalid-json", {
    detail: `Byte ${offset}: ${reason}.`,
    errors: [{ pointer: "", offset, detail: reason }],
  });
