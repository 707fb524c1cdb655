import {
  type AttachedList,
  attached,
  attachFile,
  attachText,
  change,
  chooseColumns,
  describeAttached,
  detach,
  draft,
  isReading,
  isTooLongToType,
} from "./draft.ts";
import { Field } from "./field.tsx";

const takePaste = (event: ClipboardEvent): void => {
  const pasted = event.clipboardData?.getData("text") ?? "";
  const { text } = draft.value;
  const whole = text === "" ? pasted : `${text}\n${pasted}`;
  if (!isTooLongToType(whole)) return;
  event.preventDefault();
  void attachText(whole);
};

/** However it came there, by a drop of text for one. */
const takeInput = (text: string): void => {
  const isList = isTooLongToType(text);
  change({ text: isList ? "" : text });
  if (isList) void attachText(text);
};

const removeList = (): void => {
  detach();
  // The button is gone, and what it made room for comes in its place.
  requestAnimationFrame(() => document.querySelector<HTMLElement>("#candidates")?.focus());
};

const TableChoices = ({ list }: { list: AttachedList }) => {
  // Of one column there is one question: whether its first line is one of the texts.
  if (!list.table) return null;
  const { columns, textColumn, idColumn, hasHeader } = list.table;
  const options = columns.map((column, index) => (
    <option key={index} value={index}>
      {column}
    </option>
  ));
  return (
    <div class="columns-choice">
      <label>
        Text
        <select
          value={textColumn}
          onChange={({ currentTarget }) =>
            void chooseColumns({ hasHeader, idColumn, textColumn: Number(currentTarget.value) })
          }
        >
          {options}
        </select>
      </label>
      <label>
        Id
        <select
          value={idColumn ?? ""}
          onChange={({ currentTarget: { value } }) =>
            void chooseColumns({ hasHeader, textColumn, idColumn: value === "" ? null : Number(value) })
          }
        >
          <option value="">none</option>
          {options}
        </select>
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={hasHeader}
          onChange={({ currentTarget }) => void chooseColumns({ hasHeader: currentTarget.checked })}
        />
        First line is a header
      </label>
    </div>
  );
};

const Attached = ({ list, id }: { list: AttachedList; id: string }) => (
  <div class="attached" id={id} tabIndex={-1}>
    <p>
      <strong dir="auto">{list.name}</strong> <span>{describeAttached(list)}</span>
      <button type="button" class="quiet" onClick={removeList}>
        Remove
      </button>
    </p>
    <TableChoices list={list} />
    <ol>
      {list.preview.map((text, index) => (
        <li key={index} dir="auto">
          {text}
        </li>
      ))}
    </ol>
  </div>
);

/** Lines to type or paste, or a file; what is long is shown by its beginning. */
export const CandidatesField = () => {
  const list = attached.value;
  return (
    <fieldset>
      <legend class="visually-hidden">Candidates</legend>
      <Field
        id="candidates"
        label="Candidates"
        pointer="/candidates"
        hint="A line each. Or drop a .txt, .csv, .json or .ndjson file here."
      >
        {(attributes) =>
          list ? (
            <Attached list={list} id={attributes.id} />
          ) : (
            <textarea
              {...attributes}
              rows={7}
              dir="auto"
              spellcheck={false}
              readOnly={isReading.value}
              placeholder={isReading.value ? "Reading …" : "Saint Petersburg\nPetersburg, Virginia\n…"}
              value={draft.value.text}
              onInput={({ currentTarget }) => takeInput(currentTarget.value)}
              onPaste={takePaste}
            />
          )
        }
      </Field>
      <label class="file">
        <span class="button quiet">Choose a file</span>
        <input
          class="visually-hidden"
          type="file"
          accept=".txt,.csv,.tsv,.json,.ndjson,.jsonl,text/*,application/json"
          onChange={({ currentTarget }) => {
            const file = currentTarget.files?.[0];
            if (file) void attachFile(file);
            // The same file may be chosen again, changed.
            currentTarget.value = "";
          }}
        />
      </label>
    </fieldset>
  );
};
