export interface Instruction {
  /** Where it begins, from 1. */
  line: number;
  /** In capitals. */
  keyword: string;
  /** `--from=build` and its like, by their names. */
  flags: Record<string, string>;
  /** What follows the flags, on one line. */
  text: string;
}

/** Splits a Dockerfile into its instructions: of the syntax what ours uses, comments, continued lines and flags. */
export const parseDockerfile = (source: string): Instruction[] => {
  const instructions: Instruction[] = [];
  let open: { line: number; text: string } | undefined;
  for (const [index, raw] of source.split("\n").entries()) {
    if (/^\s*(#|$)/.test(raw)) continue;
    open ??= { line: index + 1, text: "" };
    open.text += raw.replace(/\\$/, "");
    if (raw.endsWith("\\")) continue;
    const [, keyword, flagText, text] = /^\s*(\w+)\s+((?:--[\w-]+=\S+\s+)*)(.*?)\s*$/.exec(open.text) ?? [];
    if (keyword === undefined) throw new Error(`line ${open.line} of the Dockerfile is no instruction`);
    const flags = Object.fromEntries(
      [...flagText!.matchAll(/--([\w-]+)=(\S+)/g)].map(([, name, value]) => [name!, value!]),
    );
    instructions.push({ line: open.line, keyword: keyword.toUpperCase(), flags, text: text! });
    open = undefined;
  }
  return instructions;
};

/** Of `ENV` and `LABEL`: `a=b c="d e"`. */
export const parsePairs = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S+))/g)].map(([, name, quoted, bare]) => [
      name!,
      quoted ?? bare!,
    ]),
  );
