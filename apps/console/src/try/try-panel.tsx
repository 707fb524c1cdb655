import { CandidatesField } from "./candidates-field.tsx";
import {
  attachFile,
  change,
  detach,
  draft,
  fieldErrors,
  focusError,
  isReading,
  setFieldError,
} from "./draft.ts";
import { Field } from "./field.tsx";
import { JobLife } from "./job-life.tsx";
import { OptionsFields } from "./options-fields.tsx";
import { SAMPLES } from "./samples.ts";
import { phase, submit } from "./submission.ts";
import { useFileDrop } from "./use-file-drop.ts";

const Samples = () => (
  <p class="samples">
    New here? Try{" "}
    {SAMPLES.map(({ name, draft }, index) => (
      <span key={name}>
        {index > 0 ? " or " : ""}
        <button
          type="button"
          class="link"
          onClick={() => {
            detach();
            change(draft);
          }}
        >
          {name.toLowerCase()}
        </button>
      </span>
    ))}
    .
  </p>
);

/** A number field that holds something else says that it is empty. */
const areNumbers = (form: HTMLFormElement): boolean => {
  const wrong = Array.from(form.querySelectorAll("input")).filter(({ validity }) => validity.badInput);
  for (const { name } of wrong) setFieldError(name, "This is no number.");
  if (wrong.length > 0) focusError();
  return wrong.length === 0;
};

/** A form on one side, and what becomes of its submission on the other. */
export const TryPanel = () => {
  const isOver = useFileDrop((file) => void attachFile(file));
  const { step } = phase.value;
  const isBusy = step === "sending" || step === "refused" || isReading.value;
  const general = fieldErrors.value.get("");
  return (
    <div class={`try${isOver ? " over" : ""}`}>
      <form
        aria-label="Submission"
        // What is wrong is told by the API, at the field that it names.
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!isBusy && areNumbers(event.currentTarget)) void submit();
        }}
      >
        <h1>How similar are they?</h1>
        <Samples />
        <Field id="query" label="Query" pointer="/query" hint="Every candidate is compared with it.">
          {(attributes) => (
            <input
              {...attributes}
              type="text"
              dir="auto"
              autocomplete="off"
              spellcheck={false}
              placeholder="Sankt Peterburg"
              value={draft.value.query}
              onInput={({ currentTarget }) => change({ query: currentTarget.value })}
            />
          )}
        </Field>
        <CandidatesField />
        <OptionsFields />
        <p class="actions">
          {/* Not disabled, which would take the focus from it. */}
          <button type="submit" class="primary" aria-disabled={isBusy}>
            {step === "sending" ? "Sending …" : "Compare"}
          </button>
        </p>
        <p class="error" role="alert" id="submission-error" tabIndex={-1}>
          {general?.message}
          {general?.code ? (
            <>
              {" "}
              <a href={`problems/${general.code}`}>What that means</a>
            </>
          ) : null}
        </p>
      </form>
      <JobLife />
    </div>
  );
};
