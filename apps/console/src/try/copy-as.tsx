import { useSignal } from "@preact/signals";
import { desk } from "../list/open-desk.ts";
import { session } from "../session.ts";
import { download } from "./downloads.tsx";
import { BODY_FILE, type Call, toCurl, toTypeScript } from "./snippets.ts";

const LANGUAGES = [
  ["curl", toCurl],
  ["TypeScript", toTypeScript],
] as const;

/** @returns whether it could be put there: pages of http have no clipboard, but on this machine */
const copy = async (text: string): Promise<boolean> => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
};

/** The same submission for a shell or a program. */
export const CopyAs = () => {
  const shown = useSignal<{ text: string; note: string; isWhole: boolean } | null>(null);
  const show = async (name: string, toSnippet: (call: Call) => string) => {
    const body = await desk.body();
    const text = toSnippet({ session: session, body });
    const isCopied = await copy(text);
    shown.value = {
      text,
      note: isCopied ? `Copied as ${name}.` : "Select it and copy it: this page may not.",
      isWhole: body !== null,
    };
  };
  return (
    <div class="copy-as">
      <p class="actions">
        <span>The same by program:</span>
        {LANGUAGES.map(([name, toSnippet]) => (
          <button key={name} type="button" class="quiet" onClick={() => void show(name, toSnippet)}>
            Copy as {name}
          </button>
        ))}
      </p>
      {shown.value ? (
        <>
          <p class="hint" role="status">
            {shown.value.note}
            {shown.value.isWhole ? null : (
              <>
                {" "}
                It reads{" "}
                <button type="button" class="link" onClick={() => void download("body")}>
                  {BODY_FILE}
                </button>
                .
              </>
            )}
          </p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
          <pre tabIndex={0}>
            <code>{shown.value.text}</code>
          </pre>
        </>
      ) : null}
    </div>
  );
};
