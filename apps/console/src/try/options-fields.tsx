import { change, draft } from "./draft.ts";
import { Field } from "./field.tsx";
import { metrics } from "./metrics.ts";

const NORMALIZATIONS = [
  ["none", "Texts as they are"],
  ["default", "Ignore case, punctuation and outer spaces"],
  ["steps", "Step by step …"],
] as const;

const NORMALIZATION_HINTS = {
  none: "Every character counts.",
  default: "What is neither letter nor digit becomes a space; all in lower case, without spaces at the ends.",
  steps: "In this order, query and candidates alike.",
};

const STEPS = [
  ["form", "Unicode form", ["NFC", "NFKC"]],
  ["case", "Case", ["lower", "fold"]],
  ["accents", "Accents", ["strip"]],
  ["punctuation", "Punctuation", ["strip"]],
  ["whitespace", "Spaces", ["collapse"]],
] as const;

const MetricField = () => {
  const { metric } = draft.value;
  const known = metrics.value;
  const families = [...new Set(known.map(({ family }) => family))];
  return (
    <Field
      id="metric"
      label="Metric"
      pointer="/metric"
      hint={known.find(({ name }) => name === metric)?.definition ?? " "}
    >
      {(attributes) => (
        <select
          {...attributes}
          value={metric}
          onChange={({ currentTarget }) => change({ metric: currentTarget.value as typeof metric })}
        >
          {known.length === 0 ? <option value={metric}>{metric}</option> : null}
          {families.map((family) => (
            <optgroup key={family} label={family.replaceAll("_", " ")}>
              {known
                .filter((one) => one.family === family)
                .map(({ name }) => (
                  <option key={name} value={name}>
                    {name}
                  </option>
                ))}
            </optgroup>
          ))}
        </select>
      )}
    </Field>
  );
};

const Steps = () => {
  const { steps } = draft.value;
  return (
    <fieldset class="steps">
      <legend>Steps</legend>
      {STEPS.map(([step, label, values]) => (
        <label key={step}>
          {label}
          <select
            value={steps[step] ?? ""}
            onChange={({ currentTarget: { value } }) => {
              const { [step]: _, ...rest } = steps;
              change({ steps: value === "" ? rest : { ...rest, [step]: value } });
            }}
          >
            <option value="">as they are</option>
            {values.map((value) => (
              <option key={value} value={value}>
                {value}
              </option>
            ))}
          </select>
        </label>
      ))}
    </fieldset>
  );
};

export const OptionsFields = () => {
  const { normalize, topN, threshold } = draft.value;
  return (
    <>
      <MetricField />
      <Field
        id="normalize"
        label="Before comparing"
        pointer="/normalize"
        hint={NORMALIZATION_HINTS[normalize]}
      >
        {(attributes) => (
          <select
            {...attributes}
            value={normalize}
            onChange={({ currentTarget }) => change({ normalize: currentTarget.value as typeof normalize })}
          >
            {NORMALIZATIONS.map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        )}
      </Field>
      {normalize === "steps" ? <Steps /> : null}
      <div class="pair">
        <Field id="top-n" label="Keep the best" pointer="/top_n" hint="How many; all when empty.">
          {(attributes) => (
            <input
              {...attributes}
              name="/top_n"
              type="number"
              min="1"
              step="1"
              inputMode="numeric"
              placeholder="all"
              value={topN}
              onInput={({ currentTarget }) => change({ topN: currentTarget.value })}
            />
          )}
        </Field>
        <Field id="threshold" label="Drop scores below" pointer="/threshold" hint="From 0 to 1.">
          {(attributes) => (
            <input
              {...attributes}
              name="/threshold"
              type="number"
              min="0"
              max="1"
              step="any"
              inputMode="decimal"
              placeholder="0"
              value={threshold}
              onInput={({ currentTarget }) => change({ threshold: currentTarget.value })}
            />
          )}
        </Field>
      </div>
    </>
  );
};
