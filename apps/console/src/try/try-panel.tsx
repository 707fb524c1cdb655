import { CandidatesField } from "./candidates-field.tsx";
import { change, detach, draft, fieldErrors } from "./draft.ts";
import { Field } from "./field.tsx";
import { JobLife } from "./job-life.tsx";
import { OptionsFields } from "./options-fields.tsx";
import { SAMPLES } from "./samples.ts";
import { phase, submit } from "./submission.ts";

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

/** A form on one side, and what becomes of its submission on the other. */
export const TryPanel = () => {
  const { step } = phase.value;
  const isBusy = step === "sending" || step === "refused";
  return (
    <div class="try">
      <form
        aria-label="Submission"
        // What is wrong is told by the API, at the field that it names.
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
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
          <button type="submit" class="primary" disabled={isBusy}>
            {step === "sending" ? "Sending …" : "Compare"}
          </button>
        </p>
        <p class="error" role="alert">
          {fieldErrors.value.get("")}
        </p>
      </form>
      <JobLife />
    </div>
  );
};
