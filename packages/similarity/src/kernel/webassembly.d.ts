/** What we use of the WebAssembly JavaScript Interface, which TypeScript declares for browsers only. */
declare namespace WebAssembly {
  type Exports = Record<string, unknown>;

  class Module {
    constructor(bytes: Uint8Array);
  }

  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, (value: number) => number>>);
    readonly exports: Exports;
  }

  interface Memory {
    readonly buffer: ArrayBuffer;
    /** @throws {RangeError} when the maximum is passed or there is no more */
    grow(pages: number): number;
  }

  interface Global {
    readonly value: number;
  }

  function compile(bytes: Uint8Array): Promise<Module>;
}
