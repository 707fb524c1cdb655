import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Call, calls } from "./fuzz/call.ts";
import { checkAnswer } from "./fuzz/check-answer.ts";
import { checkPages, nextPage } from "./fuzz/next-page.ts";
import { checkTwice, sendTwice, withNewKey } from "./fuzz/repeat.ts";
import { type Answer, type Sent, send, toCurl } from "./fuzz/send.ts";
import { BODY_BYTES_MAX, type Systems, startSystems } from "./fuzz/systems.ts";
import { RECEIVER_URL } from "./fuzz/values.ts";
import { type OpenApiDocument, operationsOf, readDocument, withoutReferences } from "./openapi/document.ts";

/** The same requests in every run; `FUZZ_SEED` and `FUZZ_REQUESTS` try others, and more. */
const SEED = Number(process.env["FUZZ_SEED"] ?? 20_260_105);
const REQUESTS = Number(process.env["FUZZ_REQUESTS"] ?? 5_000);
const AT_ONCE = 32;
/** What is to be met, so that it is known to be as documented. */
const STATUSES = [
  200, 202, 204, 207, 304, 400, 401, 404, 405, 406, 409, 410, 413, 415, 422, 429, 431, 503, 504,
];
const SHRINK_LIMIT_MS = 20_000;

let systems: Systems;
let document: OpenApiDocument;

beforeAll(async () => {
  systems = await startSystems();
  document = withoutReferences(await readDocument(systems.urls.served));
});

afterAll(() => systems?.close());

const replaceIn = (body: Buffer, text: string, by: string): Buffer =>
  body.includes(text) ? Buffer.from(body.toString("latin1").replaceAll(text, by), "latin1") : body;

/** Makes the jobs and deliveries that the call names, and the request of it. */
const prepare = async ({ operation, system, path, query, body, ...rest }: Call): Promise<Sent> => {
  let target = operation.path;
  let place = system;
  let { headers } = rest;
  const examples = (operation.operation.parameters ?? []).filter((parameter) => parameter.in === "path");
  for (const [name, value] of Object.entries(path)) {
    const isNamed = !("raw" in value);
    if (isNamed && system !== "away") place = systems.systemOf(value);
    const text = isNamed ? await systems.idOf(value) : value.raw;
    target = target.replace(`{${name}}`, () => text);
    // An example of a header that names the path's example is meant to name the same thing.
    const example = String(examples.find((parameter) => parameter.name === name)?.example ?? text);
    headers = headers.map(([header, value]) => [header, value.replaceAll(example, () => text)]);
  }
  if (place === "keyed" && rest.hasKey) {
    headers = headers.filter(([name]) => name !== "Authorization");
    headers.push(["Authorization", `Bearer ${systems.apiKey}`]);
  }
  const search = new URLSearchParams(query).toString();
  const sent = {
    ...rest,
    body: body && replaceIn(body, RECEIVER_URL, systems.receiverUrl),
    headers,
    url: systems.urls[place],
    target: search === "" ? target : `${target}?${search}`,
  };
  return rest.repeat ? withNewKey(sent) : sent;
};

/** @throws with the request as a command line when its answer is not as documented */
const tryCall = async (call: Call): Promise<Answer[]> => {
  const sent = await prepare(call);
  const { repeat } = call;
  const refuse = (reason: string) => {
    const named = Object.values(call.path).map((value) =>
      "raw" in value ? value.raw : Object.entries(value).map(([what, state]) => `a ${state} ${what}`),
    );
    const of = named.length > 0 ? ` of ${named.join()}` : "";
    const twice = repeat ? `, and once more ${repeat}` : "";
    return new Error(`${call.operation.operation.operationId}${of}: ${reason}\n${toCurl(sent)}${twice}`);
  };
  const hold = (violation: string | undefined, { status, body }: Answer) => {
    if (violation) throw refuse(`${violation}\n${status} ${body.toString().slice(0, 1_000)}`);
  };
  const ask = async () => {
    if (repeat) return sendTwice(sent, repeat);
    const answer = await send(sent);
    const next = nextPage(sent, answer);
    return next ? [answer, await send(next)] : [answer];
  };
  const answers = await ask().catch((error: Error) => {
    throw refuse(error.message);
  });
  for (const answer of answers) hold(checkAnswer(document.paths, call, answer), answer);
  const [first, second] = answers;
  if (second) hold(repeat ? checkTwice(repeat, first!, second) : checkPages(first!, second), second);
  return answers;
};

/** The same call made smaller as long as it fails. */
const minimize = async (arbitrary: fc.Arbitrary<Call>, index: number): Promise<string | undefined> => {
  const property = fc.asyncProperty(arbitrary, async (call) => void (await tryCall(call)));
  const { errorInstance } = await fc.check(property, {
    seed: SEED,
    path: String(index),
    numRuns: 1,
    interruptAfterTimeLimit: SHRINK_LIMIT_MS,
  });
  return (errorInstance as Error | undefined)?.message;
};

test(`${REQUESTS} requests, right ones and wrong ones, are answered as the document says (FUZZ_SEED=${SEED})`, {
  timeout: 300_000,
}, async () => {
  const arbitrary = calls(operationsOf(document.paths), BODY_BYTES_MAX);
  const all = fc.sample(arbitrary, { seed: SEED, numRuns: REQUESTS });
  const seen = new Map<string, Map<number, number>>();
  let next = 0;
  let failed: { index: number; message: string } | undefined;
  const work = async () => {
    while (next < all.length && !failed) {
      const index = next++;
      const call = all[index]!;
      try {
        const { operationId } = call.operation.operation;
        const counts = seen.get(operationId) ?? new Map<number, number>();
        seen.set(operationId, counts);
        for (const { status } of await tryCall(call)) counts.set(status, (counts.get(status) ?? 0) + 1);
      } catch (error) {
        failed ??= { index, message: (error as Error).message };
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (failed) {
    const smallest = await minimize(arbitrary, failed.index);
    expect.fail(
      `FUZZ_SEED=${SEED}, request ${failed.index}: ${smallest ?? `${failed.message}\n(not each time)`}`,
    );
  }
  const unanswered = [...seen].filter(([, counts]) => ![...counts.keys()].some((status) => status < 300));
  expect(unanswered, "operations that were refused each time, so that little of them was tested").toEqual([]);
  const statuses = new Set([...seen.values()].flatMap((counts) => [...counts.keys()]));
  expect([...statuses]).toEqual(expect.arrayContaining(STATUSES));
});
