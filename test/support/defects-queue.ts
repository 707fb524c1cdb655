export const DEFECTS_QUEUE = "defects";

/** What a job does to its thread. */
export interface DefectsData {
  does: "answer" | "hang" | "exhaust the heap" | "throw later" | "exit";
}
