/** The number of Unicode code points of a text. */
export const countCharacters = (text: string): number => {
  let count = text.length;
  for (let index = 0; index < text.length; index += 1) {
    if (text.codePointAt(index)! > 0xffff) {
      count -= 1;
      index += 1;
    }
  }
  return count;
};
