import { readFileSync, unwatchFile, watchFile } from "node:fs";
import type { Logger } from "@semblance/shared/telemetry/logger";
import { type ApiKey, ApiKeysError, findTenant, parseApiKeys } from "./api-key.ts";

/** How often the file is looked at. By its state and not by events: what is mounted from a secret is a link that changes its target. */
const LOOK_MS = 1_000;

export interface KeyRingOptions {
  keys: readonly ApiKey[];
  /** Path of a file with further ones; empty for none. */
  file: string;
  log: Logger;
}

/** The API keys there are at the moment. */
export class KeyRing {
  readonly #options: KeyRingOptions;
  #fromFile: readonly ApiKey[] = [];
  #tenantCount = 0;
  #secondLook: NodeJS.Timeout | undefined;

  /** @throws {ApiKeysError} when the file cannot be read */
  constructor(options: KeyRingOptions) {
    this.#options = options;
    const { file } = options;
    if (file !== "") {
      this.#fromFile = this.#read(file);
      watchFile(file, { interval: LOOK_MS, persistent: false }, () => this.#readAgain(file));
    }
    this.#count();
  }

  /** Whether requests need a key. A file of keys that holds none lets nobody in. */
  get isNeeded(): boolean {
    return this.#options.keys.length > 0 || this.#options.file !== "";
  }

  get tenantCount(): number {
    return this.#tenantCount;
  }

  findTenant(key: string): string | null {
    return findTenant(this.#all(), key);
  }

  close(): void {
    clearTimeout(this.#secondLook);
    if (this.#options.file !== "") unwatchFile(this.#options.file);
  }

  #all(): ApiKey[] {
    return [...this.#options.keys, ...this.#fromFile];
  }

  #count(): void {
    this.#tenantCount = new Set(this.#all().map(({ tenant }) => tenant)).size;
  }

  #read(file: string): ApiKey[] {
    try {
      return parseApiKeys(readFileSync(file, "utf8"));
    } catch (error) {
      const why = error instanceof ApiKeysError ? error.message : (error as NodeJS.ErrnoException).code;
      throw new ApiKeysError(`API_KEYS_FILE ${file} cannot be read: ${why}`, { cause: error });
    }
  }

  /** A file that is gone or broken takes nobody's key away, nor one that is still being written: it must look the same a little later. */
  #readAgain(file: string): void {
    const { log } = this.#options;
    clearTimeout(this.#secondLook);
    try {
      const first = this.#read(file);
      this.#secondLook = setTimeout(() => this.#takeOver(file, first), LOOK_MS).unref();
    } catch (error) {
      // Ours, and without anything of what the file holds.
      log.error({ reason: (error as ApiKeysError).message }, "API keys stay as they were");
    }
  }

  #takeOver(file: string, first: readonly ApiKey[]): void {
    try {
      const second = this.#read(file);
      // Else it has changed, which is seen by itself.
      if (JSON.stringify(second) !== JSON.stringify(first)) return;
      this.#fromFile = second;
      this.#count();
      this.#options.log.info({ keys: second.length, tenants: this.#tenantCount }, "API keys read again");
    } catch {
      // Gone since: that is seen by itself, too.
    }
  }
}
