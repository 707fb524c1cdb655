const ANSWER_LIMIT_MS = 10_000;

export interface ApiAnswer {
  status: number;
  text: string;
  retryAfterMs: number;
}

/** @returns `null` when there was no answer, or none in time: then nobody knows what was done */
export const callApi = async (url: string, init: RequestInit = {}): Promise<ApiAnswer | null> => {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
    const retryAfterMs = Number(response.headers.get("Retry-After") ?? 0) * 1_000;
    return { status: response.status, text: await response.text(), retryAfterMs };
  } catch {
    return null;
  }
};
