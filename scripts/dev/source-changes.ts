import { once } from "node:events";
import { readdirSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { watch } from "chokidar";
import type { AppName } from "../system/app-process.ts";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
/** An editor saves in several steps and git in several files: what comes closer together than this is one change. */
const QUIET_MS = 100;

const directoriesOf = (app: AppName): string[] => [
  `apps/${app}/src`,
  ...readdirSync(`${REPOSITORY}/packages`).map((name) => `packages/${name}/src`),
];

/** Editors put locks and copies beside a file, under names that begin with a dot. */
const isSource = (path: string): boolean => path.endsWith(".ts") && !basename(path).startsWith(".");

/**
 * The changes to the TypeScript sources that an app runs on: its own and those of all packages.
 *
 * Chokidar sees them, since on Linux Node's own recursive `fs.watch` loses a file when an editor renames a new one over it.
 */
export class SourceChanges {
  readonly #watcher;
  readonly #paths = new Set<string>();
  #quiet: NodeJS.Timeout | undefined;
  #settle: ((paths: string[]) => void) | undefined;
  /** Resolves when no change is missed any more. */
  readonly watched: Promise<unknown>;

  constructor(app: AppName, warn: (line: string) => void) {
    this.#watcher = watch(directoriesOf(app), { cwd: REPOSITORY, ignoreInitial: true });
    this.#watcher.on("all", (_, path) => this.#note(path));
    this.#watcher.on("error", (error) => warn(`changes may be missed: ${(error as Error).message}`));
    this.watched = once(this.#watcher, "ready");
  }

  /** Forgets what has changed so far and resolves with the paths that do from now on, once nothing has for a moment. */
  next(): Promise<string[]> {
    clearTimeout(this.#quiet);
    this.#paths.clear();
    return new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  async close(): Promise<void> {
    clearTimeout(this.#quiet);
    await this.#watcher.close();
  }

  #note(path: string): void {
    if (!isSource(path)) return;
    this.#paths.add(path);
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#settle?.([...this.#paths]), QUIET_MS);
  }
}
