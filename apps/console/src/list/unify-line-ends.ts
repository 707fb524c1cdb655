/** Lines end with `\n` alone, whether they ended with `\r\n`, `\r`, `\n`, or now so, now so, as in files that were put together. */
export const unifyLineEnds = (text: string): string => text.replace(/\r\n?/g, "\n");
