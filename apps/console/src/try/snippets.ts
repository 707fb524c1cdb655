import type { Session } from "../create-client.ts";

export const BODY_FILE = "submission.json";

export interface Call {
  session: Session;
  /** The submission as JSON; `null` where it is in the file of that name. */
  body: string | null;
}

/** A word of a POSIX shell (2.2.2, single quotes). */
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** A call for a shell. The key is left to the environment, where nobody copies it by chance. */
export const toCurl = ({ session, body }: Call): string =>
  [
    `curl -sS ${quote(`${session.url}v1/jobs`)}`,
    ...(session.apiKey ? [`-H "Authorization: Bearer $SEMBLANCE_API_KEY"`] : []),
    `-H 'Content-Type: application/json'`,
    `-H 'Prefer: wait=10'`,
    body === null ? `--data-binary @${BODY_FILE}` : `--data-binary ${quote(body)}`,
  ].join(" \\\n  ");

/** A module that prints the ranking. */
export const toTypeScript = ({ session, body }: Call): string => {
  const options = [
    `url: ${JSON.stringify(session.url)}`,
    ...(session.apiKey ? [`apiKey: process.env["SEMBLANCE_API_KEY"]!`] : []),
  ];
  const fromFile = body === null;
  return [
    ...(fromFile ? [`import { readFile } from "node:fs/promises";`] : []),
    `import { Semblance, type Submission } from "@semblance/client";`,
    "",
    `const semblance = new Semblance({ ${options.join(", ")} });`,
    `const submission: Submission = ${fromFile ? `JSON.parse(await readFile("${BODY_FILE}", "utf8"))` : body};`,
    "const { results } = await semblance.score(submission);",
    "console.log(results);",
    "",
  ].join("\n");
};
