/** Answers, and ends its thread a moment later. */
export default async (): Promise<string> => {
  setTimeout(() => process.exit(1), 2);
  return "answered";
};
