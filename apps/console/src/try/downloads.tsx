import { useSignal } from "@preact/signals";
import type { DownloadFormat } from "../list/desk.ts";
import { desk } from "../list/open-desk.ts";

const NAMES: Record<DownloadFormat, string> = {
  csv: "ranking.csv",
  json: "ranking.json",
  body: "submission.json",
};

export const download = async (format: DownloadFormat): Promise<void> => {
  const url = URL.createObjectURL(await desk.download(format));
  const link = document.createElement("a");
  link.href = url;
  link.download = NAMES[format];
  link.click();
  // How soon the browser has read it, it does not tell.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
};

export const Downloads = () => {
  const isBusy = useSignal(false);
  const get = async (format: DownloadFormat) => {
    isBusy.value = true;
    await download(format);
    isBusy.value = false;
  };
  return (
    <p class="actions">
      <span>Download the ranking as</span>
      <button type="button" class="quiet" disabled={isBusy.value} onClick={() => void get("csv")}>
        CSV
      </button>
      <button type="button" class="quiet" disabled={isBusy.value} onClick={() => void get("json")}>
        JSON
      </button>
    </p>
  );
};
