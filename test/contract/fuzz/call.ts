import fc from "fast-check";
import type { MediaType, NamedOperation, Parameter } from "../openapi/document.ts";
import { broken, junk, valid } from "./values.ts";

/** In which state the job is that a path names; the systems of the test make one when the call is made. */
export const JOB_STATES = [
  "queued",
  "running",
  "succeeded",
  "failed",
  "canceled",
  "expired",
  "deleted",
] as const;

export type JobState = (typeof JOB_STATES)[number];

/** And in which the delivery is that it names. */
export const DELIVERY_STATES = ["pending", "succeeded", "failed"] as const;

export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** What a path names: a job or a delivery in a state. */
export type Named = { job: JobState } | { delivery: DeliveryState };

/** The value of a path's parameter: the id of what it names, or as it is to stand in the path. */
export type PathValue = Named | { raw: string };

/** Which of the test's systems is called; a call that names a job or a delivery goes where that is. */
const OPEN_SYSTEMS = ["served", "idle", "full", "away", "keyed", "limited"] as const;

/** `stuck` is not for everybody: its jobs do to their threads what the number of their candidates says. */
export type SystemName = (typeof OPEN_SYSTEMS)[number] | "stuck";

/** How a submission is sent once more under its idempotency key. */
const REPEATS = ["the same", "at once", "with another body", "when its jobs are deleted"] as const;

export type Repeat = (typeof REPEATS)[number];

/** A request, as it was thought up: plain data, so that it can be made smaller and shown. */
export interface Call {
  operation: NamedOperation;
  system: SystemName;
  method: string;
  path: Record<string, PathValue>;
  query: [string, string][];
  headers: [string, string][];
  body: Buffer | null;
  /** In pieces without a declared length. */
  isChunked: boolean;
  /** With an API key, where there are any. */
  hasKey: boolean;
  /** Sent twice, under an idempotency key of its own. */
  repeat: Repeat | undefined;
}

const maybe = <Value>(arbitrary: fc.Arbitrary<Value>, weight: number) =>
  fc.oneof(
    { withCrossShrink: true },
    { weight: 10 - weight, arbitrary: fc.constant(undefined) },
    { weight, arbitrary: arbitrary as fc.Arbitrary<Value | undefined> },
  );

const oddPathValue = fc.oneof(
  fc.constantFrom(
    ...[
      "",
      ".",
      "..",
      "%",
      "%zz",
      "%00",
      "%2e%2e",
      "%2F",
      "%ff",
      "~",
      "*",
      ":id",
      "{id}",
      "__proto__",
      "job_",
      "dlv_",
    ],
    `job_${"0".repeat(32)}`,
    `job_${"0".repeat(31)}`,
    `JOB_${"0".repeat(32)}`,
    `job_${"0".repeat(32)}%20`,
    `dlv_${"0".repeat(32)}`,
    "x".repeat(2_000),
  ),
  fc.string({ unit: "binary", maxLength: 12 }).map(encodeURIComponent),
);

const pathValueOf = (path: string): fc.Arbitrary<PathValue> =>
  fc.oneof<fc.WeightedArbitrary<PathValue>[]>(
    {
      weight: 5,
      arbitrary: path.startsWith("/v1/deliveries/")
        ? fc.constantFrom(...DELIVERY_STATES).map((delivery) => ({ delivery }))
        : fc.constantFrom(...JOB_STATES).map((job) => ({ job })),
    },
    { weight: 2, arbitrary: oddPathValue.map((raw) => ({ raw })) },
  );

/** Latin-1 is what a header can hold; Node refuses to send some of what a fuzzer thinks up, and that is not ours to test. */
const toHeader = ([name, value]: [string, string]): [string, string] => [
  name,
  value.replace(/[^\t\x20-\x7e\x80-\xff]/g, "?"),
];

const headerText = fc.string({ unit: "grapheme-ascii", maxLength: 20 }).map((text) => text.trim());

const ODD_HEADERS: Record<string, string[]> = {
  Accept: ["*/*", "text/html", "application/json;q=0", "text/csv", "application/x-ndjson", "nonsense", ""],
  "Accept-Encoding": ["gzip", "zstd", "gzip;q=0, zstd;q=0.1", "identity;q=0", "*", "br", "*;q=0", ";;;"],
  Authorization: ["Bearer", "Bearer x", "Basic eDp5", "", "Bearer \u00e9"],
  Connection: ["close", "keep-alive", "upgrade", "te, close"],
  "Content-Encoding": ["gzip", "identity", "x"],
  Expect: ["100-continue", "miracles"],
  Host: ["x", "a/b", "", "[::1]", "localhost:1"],
  "Idempotency-Key": ["a", "", "x".repeat(300), "\u00ff"],
  "If-None-Match": ["*", '"x"', 'W/"x", *', ","],
  "Last-Event-ID": ["1", "-1", "x", ""],
  Prefer: ["wait=0", "wait=1", "wait=-1", "wait=1e9", "wait=abc", "respond-async, wait=1", ",;,", "wait"],
  Range: ["bytes=0-1", "x"],
  Upgrade: ["h2c", "websocket"],
  "X-Forwarded-For": ["1.2.3.4", "x"],
  "X-Http-Method-Override": ["DELETE"],
  "X-Large": ["x".repeat(17_000)],
};

const oddHeader: fc.Arbitrary<[string, string]> = fc
  .constantFrom(...Object.keys(ODD_HEADERS))
  .chain((name) =>
    fc.tuple(
      fc.constant(name),
      name === "Host"
        ? fc.constantFrom(...ODD_HEADERS[name]!)
        : fc.oneof(fc.constantFrom(...ODD_HEADERS[name]!), headerText),
    ),
  );

const toText = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

const parametersOf = (parameters: Parameter[], place: Parameter["in"]): fc.Arbitrary<[string, string][]> => {
  const each = parameters
    .filter((parameter) => parameter.in === place)
    .map(({ name, schema, example }) => {
      const values = fc.oneof(valid(schema), broken(schema), fc.constant(example ?? ""));
      return maybe(
        values.map((value): [string, string] => [name, toText(value)]),
        4,
      );
    });
  return fc.tuple(...each).map((found) => found.filter((pair) => pair !== undefined));
};

const OFFSETS = { max: 200 };
const ODD_BYTES = ['"', "{", "]", ",", ":", "\\", "\\u12", "\u0001", "\ufeff", "//", "'", "NaN", "1e", "\n"];

/** JSON that is broken somewhere, mostly: cut off, or with a piece put in. */
const brokenText = (texts: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> =>
  fc.oneof(
    fc.tuple(texts, fc.nat(OFFSETS)).map(([text, at]) => text.subarray(0, at % (text.length + 1))),
    fc
      .tuple(
        texts,
        fc.nat(OFFSETS),
        fc.oneof(fc.constantFrom(...ODD_BYTES).map(Buffer.from), fc.uint8Array({ maxLength: 3 })),
      )
      .map(([text, at, piece]) => {
        const cut = at % (text.length + 1);
        return Buffer.concat([text.subarray(0, cut), piece, text.subarray(cut)]);
      }),
    fc
      .constantFrom("", "[", "{}", "null", '""', " ", "[".repeat(5_000), '{"a":'.repeat(500))
      .map(Buffer.from),
  );

const toBody = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** A body of exactly this length or one byte more, right but for that: white space means nothing to JSON. */
const paddedTo = (bodies: fc.Arbitrary<Buffer>, bytes: number): fc.Arbitrary<Buffer> =>
  fc
    .tuple(bodies, fc.constantFrom(0, 1))
    .map(([body, more]) => Buffer.concat([body, Buffer.alloc(Math.max(0, bytes + more - body.length), " ")]));

const bodiesOf = ({ schema }: MediaType, bodyBytesMax: number): fc.Arbitrary<Buffer> => {
  const right = valid(schema).map(toBody);
  return fc.oneof(
    { weight: 8, arbitrary: right },
    { weight: 10, arbitrary: broken(schema).map(toBody) },
    { weight: 1, arbitrary: junk.map(toBody) },
    { weight: 3, arbitrary: brokenText(right) },
    { weight: 1, arbitrary: paddedTo(right, bodyBytesMax) },
  );
};

const CONTENT_TYPES = [
  "application/json; charset=utf-8",
  "application/json;charset=latin1",
  "APPLICATION/JSON",
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data",
  "",
  "json",
];

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"];

const bodyOf = (
  { operation }: NamedOperation,
  bodyBytesMax: number,
): fc.Arbitrary<[Buffer | null, [string, string][]]> => {
  const json = operation.requestBody?.content["application/json"];
  if (!json) {
    const unwanted = fc
      .constantFrom("{}", "x")
      .map((text): [Buffer, [string, string][]] => [Buffer.from(text), []]);
    return maybe(unwanted, 1).map((found) => found ?? [null, []]);
  }
  const type = maybe(fc.constantFrom(...CONTENT_TYPES), 1).map((found) => found ?? "application/json");
  return fc
    .tuple(bodiesOf(json, bodyBytesMax), type)
    .map(([body, contentType]) => [body, contentType === "" ? [] : [["Content-Type", contentType]]]);
};

const callOf = (named: NamedOperation, bodyBytesMax: number): fc.Arbitrary<Call> => {
  const parameters = named.operation.parameters ?? [];
  const names = parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name);
  return fc
    .record({
      operation: fc.constant(named),
      system: fc.oneof(
        { weight: 8, arbitrary: fc.constant<SystemName>("served") },
        { weight: 3, arbitrary: fc.constantFrom<SystemName>(...OPEN_SYSTEMS) },
      ),
      method: maybe(fc.constantFrom(...METHODS), 1).map((method) => method ?? named.method.toUpperCase()),
      path: fc.record(Object.fromEntries(names.map((name) => [name, pathValueOf(named.path)]))),
      query: parametersOf(parameters, "query"),
      headers: fc
        .tuple(
          parametersOf(parameters, "header"),
          acceptOf(named),
          fc.oneof(
            { weight: 7, arbitrary: fc.constant([]) },
            { weight: 3, arbitrary: fc.array(oddHeader, { minLength: 1, maxLength: 3 }) },
          ),
        )
        .map(([own, accept, odd]) => [...own, ...accept, ...odd]),
      content: bodyOf(named, bodyBytesMax),
      isChunked: maybe(fc.constant(true), 1).map((found) => found ?? false),
      hasKey: maybe(fc.constant(false), 3).map((found) => found ?? true),
      repeat: parameters.some(({ name }) => name === "Idempotency-Key")
        ? maybe(fc.constantFrom(...REPEATS), 4)
        : fc.constant(undefined),
    })
    .map(({ content: [body, typed], headers, repeat, ...call }) => ({
      ...call,
      body,
      repeat: call.method === "POST" && body ? repeat : undefined,
      headers: [...typed, ...headers].map(toHeader),
    }));
};

/** One of the media types that the operation answers with. */
const acceptOf = ({ operation }: NamedOperation): fc.Arbitrary<[string, string][]> => {
  const answers = Object.entries(operation.responses).filter(([status]) => status < "3");
  const types = answers.flatMap(([, { content }]) => Object.keys(content ?? {}));
  if (types.length === 0) return fc.constant([]);
  return maybe(fc.constantFrom(...types), types.length > 1 ? 6 : 1).map((type) =>
    type === undefined ? [] : [["Accept", type]],
  );
};

/** Calls of these operations, right ones and wrong ones; those with a body, of which more can be wrong, come more often. */
export const calls = (operations: NamedOperation[], bodyBytesMax: number): fc.Arbitrary<Call> =>
  fc.oneof(
    ...operations.map((named) => ({
      weight: named.operation.requestBody ? 6 : 1 + (named.operation.parameters ?? []).length,
      arbitrary: callOf(named, bodyBytesMax),
    })),
  );
