import { JsonSyntaxError } from "./json-syntax-error.ts";

/** @throws {JsonSyntaxError} always; behind the last byte the reason is that there is no more of them */
export const fail = (bytes: Uint8Array, at: number, reason: string): never => {
  throw new JsonSyntaxError(at, at >= bytes.length ? "the document ends too early" : reason);
};
