import type { ComponentChildren } from "preact";
import { fieldErrors } from "./draft.ts";

export interface FieldProps {
  /** The control's id; what describes it is named after it. */
  id: string;
  label: string;
  /** Where its value stands in the submission. */
  pointer: string;
  hint?: ComponentChildren;
  children: (attributes: {
    id: string;
    "aria-describedby": string;
    "aria-invalid": "true" | "false";
  }) => ComponentChildren;
}

/** A control with its label, what it is for, and what the API says of its value. */
export const Field = ({ id, label, pointer, hint, children }: FieldProps) => {
  const error = fieldErrors.value.get(pointer)?.message;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({
        id,
        "aria-describedby": `${id}-hint ${id}-error`,
        "aria-invalid": error === undefined ? "false" : "true",
      })}
      <p class="hint" id={`${id}-hint`}>
        {hint}
      </p>
      <p class="error" id={`${id}-error`} role="alert">
        {error}
      </p>
    </div>
  );
};
