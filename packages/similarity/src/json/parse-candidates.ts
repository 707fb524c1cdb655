export interface ParsedCandidates {
  texts: string[];
  /** By index; `null` when no candidate has one. */
  ids: (string | null)[] | null;
}

type Candidate = string | { id?: string; text: string };

/** Makes the texts of candidates that `scanCandidates` has accepted. */
export const parseCandidates = (bytes: Uint8Array): ParsedCandidates => {
  const candidates = JSON.parse(new TextDecoder().decode(bytes)) as Candidate[];
  const texts = candidates.map((candidate) => (typeof candidate === "string" ? candidate : candidate.text));
  const ids = candidates.map((candidate) => (typeof candidate === "string" ? null : (candidate.id ?? null)));
  return { texts, ids: ids.some((id) => id !== null) ? ids : null };
};
