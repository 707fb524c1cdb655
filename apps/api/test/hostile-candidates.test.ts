import { afterAll, beforeAll, expect, test } from "vitest";
import { type AppProcess, startApiProcess } from "../../../test/support/app-process.ts";
import { post, readProblem, readQueue } from "../../../test/support/client.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";

const BODY_BYTES_MAX = 16 * 2 ** 20;
/** Where such a body is looked through on the event loop, these are below ten. */
const ANSWERS_MEANWHILE_MIN = 25;

let api: AppProcess;

beforeAll(async () => {
  api = await startApiProcess({ REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix() });
});

afterAll(() => api.dispose());

/** A body of the largest size that is let in. */
const filled = (head: string, unit: string, tail: string): Buffer => {
  const room = BODY_BYTES_MAX - head.length - tail.length;
  const count = Math.floor(room / unit.length);
  return Buffer.concat([Buffer.from(head), Buffer.alloc(count * unit.length, unit), Buffer.from(tail)]);
};

const START = '{"query":"a","candidates":';
const half = Math.floor((BODY_BYTES_MAX - START.length - 1) / 2);

test.each<[string, Buffer, { status: number; errors: object[] }]>([
  [
    "opening brackets only",
    filled(START, "[", ""),
    { status: 400, errors: [{ pointer: "", offset: BODY_BYTES_MAX, detail: "the document ends too early" }] },
  ],
  [
    "as many closing ones",
    Buffer.concat([Buffer.from(START), Buffer.alloc(half, "["), Buffer.alloc(half, "]"), Buffer.from("}")]),
    {
      status: 422,
      errors: [{ pointer: "/candidates/0", detail: "is neither a string nor an object" }],
    },
  ],
  [
    "empty strings",
    filled(`${START}[`, '"",', '""]}'),
    { status: 422, errors: [{ pointer: "/candidates", detail: "holds more than 100000 candidates" }] },
  ],
  [
    "one string",
    filled(`${START}["`, "x", '"]}'),
    {
      status: 422,
      errors: [
        {
          pointer: "/candidates/0",
          detail: `has ${BODY_BYTES_MAX - START.length - 5} characters, 65536 are allowed`,
        },
      ],
    },
  ],
])(
  "candidates of 16 MiB that are %s are refused at their place, and others are answered meanwhile",
  async (_, body, problem) => {
    let isAnswered = false;
    const answer = post(api.url, body).finally(() => {
      isAnswered = true;
    });
    let answersMeanwhile = 0;
    while (!isAnswered) {
      expect((await fetch(`${api.url}/healthz`)).status).toBe(200);
      answersMeanwhile += 1;
    }
    expect(await readProblem(await answer)).toMatchObject(problem);
    expect(answersMeanwhile).toBeGreaterThan(ANSWERS_MEANWHILE_MIN);
    expect((await readQueue(api.url)).depth).toBe(0);
  },
);
