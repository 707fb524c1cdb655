import { request } from "undici";
export type Resolve = (host: string) => Promise<{ address: string; family: number }[]>;
export interface PostOutcome {
  status: number | null;
  error: { code: string; message: string } | null;
  answer: string | null;
  retryAfterS: number | null;
  durationMs: number;
}
export const postWebhook = async (o: {
  url: string;
  body: Buffer;
  headers: Record<string, string>;
  rules: unknown;
  timeoutMs: number;
  signal: AbortSignal;
  resolve?: Resolve;
}): Promise<PostOutcome> => {
  try {
    const r = await request(o.url, { method: "POST", body: o.body, headers: o.headers });
    return {
      status: r.statusCode,
      error: null,
      answer: await r.body.text(),
      retryAfterS: null,
      durationMs: 1,
    };
  } catch {
    return {
      status: null,
      error: { code: "unreachable", message: "x" },
      answer: null,
      retryAfterS: null,
      durationMs: 1,
    };
  }
};
