/** A random key of 128 bits: `crypto.randomUUID` is there only for pages of https and of this machine. */
export const createKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
