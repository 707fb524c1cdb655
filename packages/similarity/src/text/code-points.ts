/** A text as Unicode code points, in a buffer that is used again for the next text. */
export interface CodePoints {
  /** Holds `length` code points and then whatever an earlier, longer text left. */
  values: Int32Array;
  length: number;
}

export const emptyCodePoints = (): CodePoints => ({ values: new Int32Array(64), length: 0 });

/** Puts a text into the buffer, which grows as needed. */
export const readCodePoints = (text: string, into: CodePoints): CodePoints => {
  if (into.values.length < text.length) into.values = new Int32Array(text.length * 2);
  const { values } = into;
  let length = 0;
  for (let index = 0; index < text.length; index += 1) {
    const codePoint = text.codePointAt(index)!;
    if (codePoint > 0xffff) index += 1;
    values[length] = codePoint;
    length += 1;
  }
  into.length = length;
  return into;
};
