import { signal } from "@preact/signals";
import type { Submission } from "@semblance/client";
import { countOf, formatBytes } from "../format.ts";
import type { ListSummary, SubmissionFields } from "../list/desk.ts";
import { desk } from "../list/open-desk.ts";
import type { TableChoice } from "../list/read-table.ts";
import { pageConfig } from "../page-config.ts";

type Metric = NonNullable<Submission["metric"]>;
type NormalizeSteps = Exclude<NonNullable<Submission["normalize"]>, "default">;

/** What the form says, as it says it. */
export interface Draft {
  query: string;
  /** What was typed or pasted; counts while there is no list. */
  text: string;
  metric: Metric;
  normalize: "none" | "default" | "steps";
  steps: NormalizeSteps;
  topN: string;
  threshold: string;
}

/** A list that is too long for a field of the form: it is kept at the desk, and the page knows what it is. */
export interface AttachedList extends ListSummary {
  name: string;
  bytes: number;
}

export const draft = signal<Draft>({
  query: "",
  text: "",
  metric: "ratio",
  normalize: "default",
  steps: {},
  topN: "",
  threshold: "",
});

export const attached = signal<AttachedList | null>(null);

export const isReading = signal(false);

/** By JSON pointer into the submission: what is wrong there. Of `""` what concerns no field. */
export const fieldErrors = signal<ReadonlyMap<string, string>>(new Map());

export const setFieldError = (pointer: string, message: string): void => {
  fieldErrors.value = new Map(fieldErrors.value).set(pointer, message);
};

export const clearFieldError = (pointer: string): void => {
  if (!fieldErrors.value.has(pointer)) return;
  const rest = new Map(fieldErrors.value);
  rest.delete(pointer);
  fieldErrors.value = rest;
};

export const change = (changes: Partial<Draft>): void => {
  draft.value = { ...draft.value, ...changes };
  for (const field of Object.keys(changes)) {
    clearFieldError(field === "text" ? "/candidates" : field === "topN" ? "/top_n" : `/${field}`);
  }
};

/** A text of more than so many characters would make the page lay out every line of it. */
export const TYPED_CHARACTERS_MAX = 50_000;

const takeUp = async (summary: Promise<ListSummary>, name: string, bytes: number): Promise<void> => {
  isReading.value = true;
  clearFieldError("/candidates");
  try {
    const read = await summary;
    attached.value = { ...read, name, bytes };
    if (read.query !== undefined) change({ query: read.query });
  } catch (error) {
    setFieldError("/candidates", `${name}: ${(error as Error).message}`);
  } finally {
    isReading.value = false;
  }
};

export const attachFile = async (file: File): Promise<void> => {
  // In a body it takes quotes and commas as well, so that this is the least that is too much.
  if (file.size > pageConfig.bodyBytesMax) {
    const limit = formatBytes(pageConfig.bodyBytesMax);
    setFieldError(
      "/candidates",
      `${file.name} has ${formatBytes(file.size)}; a submission may have ${limit}.`,
    );
    return;
  }
  attached.value = null;
  await takeUp(desk.takeFile(file, file.name), file.name, file.size);
};

export const attachText = (text: string): Promise<void> => {
  attached.value = null;
  return takeUp(desk.takeText(text), "pasted text", new Blob([text]).size);
};

export const chooseColumns = (choice: TableChoice): Promise<void> => {
  const { name, bytes } = attached.value!;
  return takeUp(desk.chooseColumns(choice) as Promise<ListSummary>, name, bytes);
};

export const detach = (): void => {
  attached.value = null;
  clearFieldError("/candidates");
};

const toNumber = (text: string): number | undefined => (text.trim() === "" ? undefined : Number(text));

/** The submission but its candidates, as the API wants it. */
export const toFields = ({ query, metric, normalize, steps, topN, threshold }: Draft): SubmissionFields => {
  const topNumber = toNumber(topN);
  const thresholdNumber = toNumber(threshold);
  return {
    query,
    metric,
    ...(normalize === "default" ? { normalize } : {}),
    ...(normalize === "steps" ? { normalize: steps } : {}),
    ...(topNumber === undefined ? {} : { top_n: topNumber }),
    ...(thresholdNumber === undefined ? {} : { threshold: thresholdNumber }),
  };
};

/** Has the desk hold what is to be sent. */
export const layOut = async (): Promise<number> => {
  if (attached.value) return attached.value.count;
  const { count } = await desk.takeText(draft.value.text);
  return count;
};

const POINTER = /^\/(candidates)\/(\d+)|^\/([^/]+)/;

/** Puts what the API says of places in the submission to the fields that they came from. */
export const showErrors = (message: string, errors: { pointer?: string; detail: string }[]): void => {
  const shown = new Map<string, string>();
  for (const { pointer = "", detail } of errors) {
    const [, , index, member] = POINTER.exec(pointer) ?? [];
    const field = index !== undefined ? "/candidates" : member !== undefined ? `/${member}` : "";
    const line = index !== undefined ? `candidate ${Number(index) + 1}: ${detail}` : detail;
    shown.set(field, shown.has(field) ? `${shown.get(field)}; ${line}` : line);
  }
  if (shown.size === 0) shown.set("", message);
  fieldErrors.value = shown;
};

export const describeAttached = ({ count, bytes }: AttachedList): string =>
  `${countOf(count, "candidate")}, ${formatBytes(bytes)}`;
