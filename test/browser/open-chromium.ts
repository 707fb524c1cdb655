import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { onTestFinished } from "vitest";

/** As `scripts/bootstrap` looks for it. */
const NAMES = ["chromium", "chromium-browser", "google-chrome"];
const MAC_APPS = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const findChromium = (): string => {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const paths = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = [...paths, ...MAC_APPS].find(isExecutable);
  if (found === undefined) {
    throw new Error(`there is no ${NAMES.join(", ")}; scripts/bootstrap --for-tests installs one`);
  }
  return found;
};

/** The machine's own Chromium, without a window, for one test. It finds no host but this one, whatever it asks for by itself. */
export const openChromium = async (): Promise<Browser> => {
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
  });
  onTestFinished(() => browser.close());
  return browser;
};
