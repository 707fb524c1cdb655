export const signMessage = (_: {
  id: string;
  timestampS: number;
  body: Buffer;
  secrets: string[];
}): Record<string, string> => ({});
