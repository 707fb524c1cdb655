import { effect, signal } from "@preact/signals";
import type { Submission } from "@semblance/client";
import { countOf, formatBytes } from "../format.ts";
import type { ListSummary, Refusal, SubmissionFields } from "../list/desk.ts";
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

export const EMPTY: Draft = {
  query: "",
  text: "",
  metric: "ratio",
  normalize: "default",
  steps: {},
  topN: "",
  threshold: "",
};

const STORED_AS = "semblance.draft";

export const draft = signal<Draft>({ ...EMPTY, ...JSON.parse(sessionStorage.getItem(STORED_AS) ?? "{}") });

/** So that a reload loses nothing that was typed; in the tab's own storage, which ends with it. */
export const keepDraft = (): void => {
  let kept = draft.value;
  effect(() => {
    if (draft.value === kept) return;
    kept = draft.value;
    sessionStorage.setItem(STORED_AS, JSON.stringify(kept));
  });
};

export const attached = signal<AttachedList | null>(null);

export const isReading = signal(false);

export interface FieldError {
  message: string;
  /** Of the API's problem that tells it. */
  code?: string | undefined;
}

/** By JSON pointer into the submission: what is wrong there. Of `""` what concerns no field. */
export const fieldErrors = signal<ReadonlyMap<string, FieldError>>(new Map());

export const setFieldError = (pointer: string, message: string): void => {
  fieldErrors.value = new Map(fieldErrors.value).set(pointer, { message });
};

/** To where something is wrong, once it is shown. */
export const focusError = (): void => {
  requestAnimationFrame(() => {
    const place = document.querySelector<HTMLElement>(
      '.try [aria-invalid="true"], #submission-error:not(:empty)',
    );
    place?.focus();
    place?.scrollIntoView({ block: "center" });
  });
};

/** Whether the form says something else than what was sent last. */
export const isChanged = signal(false);

export const clearFieldError = (pointer: string): void => {
  if (!fieldErrors.value.has(pointer)) return;
  const rest = new Map(fieldErrors.value);
  rest.delete(pointer);
  fieldErrors.value = rest;
};

const POINTERS: Record<keyof Draft, string> = {
  query: "/query",
  text: "/candidates",
  metric: "/metric",
  normalize: "/normalize",
  steps: "/normalize",
  topN: "/top_n",
  threshold: "/threshold",
};

export const change = (changes: Partial<Draft>): void => {
  draft.value = { ...draft.value, ...changes };
  isChanged.value = true;
  for (const field of Object.keys(changes)) {
    clearFieldError(POINTERS[field as keyof Draft]);
  }
};

/** What is longer would make the page lay out every line of it. */
const TYPED_CHARACTERS_MAX = 50_000;
const TYPED_LINES_MAX = 1_000;

export const isTooLongToType = (text: string): boolean =>
  text.length > TYPED_CHARACTERS_MAX || text.split("\n", TYPED_LINES_MAX + 1).length > TYPED_LINES_MAX;

/** Tells what is being read from what somebody did since: only the latest counts. */
let latestChoice = 0;

const takeUp = async (summary: Promise<ListSummary>, name: string, bytes: number): Promise<void> => {
  latestChoice += 1;
  const choice = latestChoice;
  isReading.value = true;
  clearFieldError("/candidates");
  try {
    const read = await summary;
    if (choice !== latestChoice) return;
    if (read.count === 0) throw new Error("there is no text in it");
    attached.value = { ...read, name, bytes };
    isChanged.value = true;
    if (read.query !== undefined) change({ query: read.query });
  } catch (error) {
    if (choice === latestChoice) setFieldError("/candidates", `${name}: ${(error as Error).message}`);
  } finally {
    if (choice === latestChoice) isReading.value = false;
  }
};

export const attachFile = async (file: File): Promise<void> => {
  // In a body it takes quotes and commas as well, so that this is the least that is too much.
  if (file.size > pageConfig.bodyBytesMax) {
    const limit = formatBytes(pageConfig.bodyBytesMax);
    setFieldError("/candidates", `${file.name} is larger than a submission may be, which is ${limit}.`);
    return;
  }
  await takeUp(desk.takeFile(file, file.name), file.name, file.size);
};

export const attachText = (text: string): Promise<void> =>
  takeUp(desk.takeText(text), "pasted text", new Blob([text]).size);

export const chooseColumns = (choice: TableChoice): Promise<void> => {
  const { name, bytes } = attached.value!;
  return takeUp(desk.chooseColumns(choice) as Promise<ListSummary>, name, bytes);
};

export const detach = (): void => {
  latestChoice += 1;
  isReading.value = false;
  attached.value = null;
  isChanged.value = true;
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
export const showErrors = ({ message, code, errors }: Refusal): void => {
  const shown = new Map<string, FieldError>();
  for (const { pointer = "", detail } of errors) {
    const [, , index, member] = POINTER.exec(pointer) ?? [];
    const field = index !== undefined ? "/candidates" : member !== undefined ? `/${member}` : "";
    const line = index !== undefined ? `candidate ${Number(index) + 1}: ${detail}` : detail;
    const before = shown.get(field)?.message;
    shown.set(field, { message: before === undefined ? line : `${before}; ${line}` });
  }
  // What concerns no field is told whole.
  if (shown.size === 0 || shown.has("")) shown.set("", { message, code });
  fieldErrors.value = shown;
};

export const describeAttached = ({ count, bytes }: AttachedList): string =>
  `${countOf(count, "candidate")}, ${formatBytes(bytes)}`;
