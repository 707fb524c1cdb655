/** What the API that serves this page says of itself within it. */
export interface PageConfig {
  /** Requests need an API key. */
  needsKey: boolean;
  /** The longest body that a submission may have. */
  bodyBytesMax: number;
  /** Where Bull Board is; `null` where it is not served. */
  bullBoardPath: string | null;
}

const readPageConfig = (): PageConfig => {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="semblance"]');
  if (!meta) throw new Error("the page does not say what holds of its API");
  return JSON.parse(meta.content);
};

export const pageConfig = readPageConfig();
