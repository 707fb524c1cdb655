import { exampleOf, type NamedOperation, type ReferenceDocument } from "./reference-document.ts";

/** Where the API listens unless it is told otherwise. */
const DEFAULT_ORIGIN = "http://localhost:8080";

const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** The call as a command line that can be run as it stands, but for ids. */
export const curlExample = (
  document: ReferenceDocument,
  { method, path, operation }: NamedOperation,
): string => {
  const { parameters = [], requestBody, responses } = operation;
  const target = parameters
    .filter((parameter) => parameter.in === "path")
    .reduce((text, { name, example }) => text.replace(`{${name}}`, String(example ?? name)), path);
  const { url } = document.servers[0]!;
  const origin = url === "/" ? DEFAULT_ORIGIN : url;
  const isStream = Object.values(responses).some(({ content }) => content?.["text/event-stream"]);
  const [type, media] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  return [
    `curl${isStream ? " --no-buffer" : ""}${method === "GET" ? "" : ` -X ${method}`} ${origin}${target}`,
    ...(media
      ? [
          `-H ${quote(`Content-Type: ${type}`)}`,
          `-d ${quote(JSON.stringify(exampleOf(document, media), null, 2))}`,
        ]
      : []),
  ].join(" \\\n  ");
};
