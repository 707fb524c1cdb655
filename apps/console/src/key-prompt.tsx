import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { keyRefusal, setKey } from "./session.ts";

/** Asks for what every request is to carry. */
export const KeyPrompt = () => {
  const typed = useSignal("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <form
      class="key-prompt"
      onSubmit={(event) => {
        event.preventDefault();
        setKey(typed.value.trim());
      }}
    >
      <h1>Which key?</h1>
      <p>This Semblance wants an API key. It is kept for this tab alone, and goes nowhere but to this API.</p>
      <div class="field">
        <label for="api-key">API key</label>
        <input
          id="api-key"
          ref={field}
          type="password"
          autocomplete="off"
          aria-describedby="api-key-error"
          aria-invalid={keyRefusal.value === null ? "false" : "true"}
          value={typed.value}
          onInput={({ currentTarget }) => {
            typed.value = currentTarget.value;
          }}
        />
        <p class="error" id="api-key-error" role="alert">
          {keyRefusal.value}
        </p>
      </div>
      <p class="actions">
        <button type="submit" class="primary">
          Go on
        </button>
      </p>
    </form>
  );
};
