/** A text to be compared with the query, as the API takes it. */
export type Candidate = string | { id: string; text: string };
