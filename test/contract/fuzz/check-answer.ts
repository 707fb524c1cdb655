import { compileClosed } from "../openapi/compile-schema.ts";
import type {
  DocumentedResponse,
  Header,
  MediaType,
  NamedOperation,
  Operation,
  Parameter,
  PathItems,
  Schema,
} from "../openapi/document.ts";
import type { Call } from "./call.ts";
import type { Answer } from "./send.ts";
import { isValid } from "./values.ts";

/** What is wrong with an answer; nothing when it is as documented. */
export type Violation = string | undefined;

const checkHeader = (name: string, { required, schema }: Header, answer: Answer): Violation => {
  const text = answer.headers[name.toLowerCase()];
  if (text === undefined) return required ? `the header ${name} is missing` : undefined;
  const value = schema.type === "integer" ? Number(text) : text;
  const wrong = compileClosed(schema)(value);
  return wrong && `the header ${name} is ${JSON.stringify(text)}: ${wrong}`;
};

interface ServerSentEvent {
  event: string;
  data: string;
}

/** Whole events only: the last may have been cut off. */
const parseEvents = (text: string): ServerSentEvent[] =>
  text
    .split("\n\n")
    .slice(0, -1)
    .map((block) => {
      const field = (name: string) =>
        block
          .split("\n")
          .filter((line) => line.startsWith(`${name}: `))
          .map((line) => line.slice(name.length + 2))
          .join("\n");
      return { event: field("event"), data: field("data") };
    })
    .filter(({ event, data }) => event !== "" || data !== "");

const checkEvents = (schemas: NonNullable<MediaType["x-event-data"]>, text: string): Violation => {
  const events = parseEvents(text);
  if (events.length === 0) return "the stream has no event";
  for (const { event, data } of events) {
    const schema = schemas[event];
    if (!schema) return `the event ${JSON.stringify(event)} is not documented`;
    const wrong = compileClosed(schema)(JSON.parse(data));
    if (wrong) return `the data of the event ${event}: ${wrong}`;
  }
  return undefined;
};

const checkLines = (text: string): Violation => {
  if (text !== "" && !text.endsWith("\n")) return "the last line is not whole";
  try {
    for (const line of text.split("\n").slice(0, -1)) JSON.parse(line);
    return undefined;
  } catch (error) {
    return `a line is no JSON: ${(error as Error).message}`;
  }
};

const checkMedia = (type: string, media: MediaType, body: Buffer): Violation => {
  const text = body.toString();
  if (media["x-event-data"]) return checkEvents(media["x-event-data"], text);
  if (type === "application/x-ndjson") return checkLines(text);
  if (!/[/+]json$/.test(type)) return compileClosed(media.schema)(text);
  try {
    const wrong = compileClosed(media.schema)(JSON.parse(text));
    return wrong && `the body: ${wrong}`;
  } catch (error) {
    return `the body is no JSON: ${(error as Error).message}`;
  }
};

const checkBody = ({ content }: DocumentedResponse, answer: Answer, isHead: boolean): Violation => {
  const whole = answer.headers["content-type"];
  const type = whole?.split(";")[0];
  if (!content) return answer.body.length > 0 ? "there is a body, and none is documented" : undefined;
  const media = whole === undefined ? undefined : (content[whole] ?? content[type!]);
  if (!media) return `the content type ${whole} is not documented`;
  if (isHead) return answer.body.length > 0 ? "there is a body in answer to HEAD" : undefined;
  return checkMedia(type!, media, answer.body);
};

const checkResponse = (operation: Operation, answer: Answer, isHead: boolean): Violation => {
  const documented = operation.responses[answer.status];
  if (!documented) return `the status ${answer.status} is not documented`;
  for (const [name, header] of Object.entries(documented.headers ?? {})) {
    const wrong = checkHeader(name, header, answer);
    if (wrong) return wrong;
  }
  return checkBody(documented, answer, isHead);
};

const operationOf = (
  items: PathItems,
  { operation: { path } }: Call,
  method: string,
): Operation | undefined => {
  const known = items[path]?.[method.toLowerCase()];
  return known ?? (method === "HEAD" ? items[path]?.["get"] : undefined);
};

/** Whether a path is one that a template stands for: `/v1/jobs/batch` might be a job as well. */
const isAt = (template: string, path: string): boolean =>
  new RegExp(`^${template.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path);

const allowedMethods = (items: PathItems, path: string): string[] => {
  const methods = Object.entries(items)
    .filter(([template]) => isAt(template, path))
    .flatMap(([, item]) => Object.keys(item).map((method) => method.toUpperCase()));
  return [...new Set(methods.includes("GET") ? [...methods, "HEAD"] : methods)].sort();
};

/** What stands at the path answers other methods: the answer is one that any of them may get, and says which they are. */
const checkOtherMethod = (items: PathItems, call: Call, answer: Answer, namesItsPath: boolean): Violation => {
  if (answer.status < 400) return `the method is not documented, and was answered ${answer.status}`;
  const { path, operation } = call.operation;
  if (answer.status === 405 && namesItsPath) {
    const allowed = String(answer.headers["allow"] ?? "")
      .split(", ")
      .sort();
    const expected = allowedMethods(items, path);
    if (allowed.join() !== expected.join()) return `it allows ${allowed}, and documented are ${expected}`;
  }
  // A path that leads elsewhere, such as one with an empty id, may lead to nothing.
  if (answer.status === 404) return undefined;
  return checkResponse(operation, answer, call.method === "HEAD");
};

/** Refused before the body is looked at, or for more than a schema can tell. */
const NOT_FOR_ITS_SCHEMA = new RegExp(
  [
    '/problems/(too-expensive|bad-request|idempotency-mismatch|job-failed|webhooks-not-configured)"',
    '"detail":"(is before since|webhooks are not configured here)',
    // Not every URI is one that webhooks may go to.
    '"pointer":"(/webhook)?/url"',
  ].join("|"),
);
const FOR_A_PARAMETER = /"parameter":/;

const isWellFormed = (value: unknown): boolean =>
  // A lone surrogate is written as an escape, and nothing else is.
  !/\\ud[89a-f]/.test(JSON.stringify(value));

const parse = (body: Buffer): { value: unknown } | undefined => {
  try {
    return { value: JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body)) };
  } catch {
    return undefined;
  }
};

const isRefusedFor = (status: number, problem: string, reason: RegExp): boolean =>
  (status === 400 || status === 422) && reason.test(problem);

/** A number is written in digits alone. */
const isRightParameter = ({ schema }: Parameter, text: string): boolean =>
  schema.type === "integer" ? /^\d+$/.test(text) && isValid(schema, Number(text)) : isValid(schema, text);

const checkParameters = ({ operation }: NamedOperation, call: Call, answer: Answer): Violation => {
  const wrong = (operation.parameters ?? []).find((parameter) => {
    const given = parameter.in === "query" ? call.query : parameter.in === "header" ? call.headers : [];
    const [first, ...others] = given.filter(([name]) => name === parameter.name);
    // Of a header that comes more than once one value is made. A key that is sent twice is not the one of the call.
    if (!first || others.length > 0 || (call.repeat && parameter.name === "Idempotency-Key")) return false;
    return !isRightParameter(parameter, first[1].trim());
  });
  if (wrong && answer.status < 400) return `${wrong.name} breaks its schema, and was accepted`;
  const isTwice = new Set(call.headers.map(([name]) => name)).size < call.headers.length;
  return !wrong && !isTwice && isRefusedFor(answer.status, answer.body.toString(), FOR_A_PARAMETER)
    ? "its parameters are right by their schemas, and were refused"
    : undefined;
};

interface BatchItem {
  status: number;
  problem?: unknown;
}

/** Each of a batch is judged by itself. */
const checkItems = (schema: Schema, sent: unknown[], answer: Answer): Violation => {
  const { items } = JSON.parse(answer.body.toString()) as { items: BatchItem[] };
  if (items.length !== sent.length) return `${items.length} items are answered of ${sent.length}`;
  return items
    .map(({ status, problem }, index) => {
      const isRight = isValid(schema, sent[index]) && isWellFormed(sent[index]);
      if (status < 300) return isRight ? undefined : `the item ${index} breaks its schema, and was accepted`;
      const isRefused = status === 400 || status === 422;
      return isRefused && isRight && !NOT_FOR_ITS_SCHEMA.test(JSON.stringify(problem))
        ? `the item ${index} is right by its schema, and was refused`
        : undefined;
    })
    .find(Boolean);
};

/** The schema of a request is what is truly validated: what it lets through is not refused, and nothing else is accepted. */
const checkJudgement = ({ operation }: NamedOperation, { body }: Call, answer: Answer): Violation => {
  const schema = operation.requestBody?.content["application/json"]?.schema;
  if (!schema || !body) return undefined;
  const parsed = parse(body);
  const isAccepted = answer.status < 300;
  if (!parsed) return isAccepted ? "it is no JSON, and was accepted" : undefined;
  if (answer.status === 207) {
    return checkItems(schema.properties!["jobs"]!.items!, (parsed.value as { jobs: unknown[] }).jobs, answer);
  }
  const isRight = isValid(schema, parsed.value) && isWellFormed(parsed.value);
  if (isAccepted && !isRight) return "it breaks its schema, and was accepted";
  const isRefused = answer.status === 400 || answer.status === 422;
  const problem = answer.body.toString();
  if (isRefused && isRight && !NOT_FOR_ITS_SCHEMA.test(problem) && !FOR_A_PARAMETER.test(problem)) {
    return "it is right by its schema, and was refused";
  }
  return undefined;
};

/** Whether its path is the operation's, and not one that a proxy or the API would make another of. */
const namesItsPath = (call: Call): boolean =>
  Object.values(call.path).every((value) => !("raw" in value) || /^[A-Za-z0-9_]+$/.test(value.raw));

/** A dot segment (RFC 3986, section 5.2.4): without it the path may be another operation's, such as `redeliver` of all for that of one. */
const hasDotSegment = (call: Call): boolean =>
  Object.values(call.path).some((value) => "raw" in value && /^(\.|%2e){1,2}$/i.test(value.raw));

/** Holds an answer against what the document says of the operation that was called. */
export const checkAnswer = (items: PathItems, call: Call, answer: Answer): Violation => {
  if (answer.status === 500) return `the status is ${answer.status}`;
  if (hasDotSegment(call)) return undefined;
  const operation = operationOf(items, call, call.method);
  if (!operation) return checkOtherMethod(items, call, answer, namesItsPath(call));
  if (answer.status === 404 && !namesItsPath(call)) return undefined;
  const isOwn = call.method.toLowerCase() === call.operation.method;
  return (
    checkResponse(operation, answer, call.method === "HEAD") ??
    (isOwn
      ? (checkParameters(call.operation, call, answer) ?? checkJudgement(call.operation, call, answer))
      : undefined)
  );
};
