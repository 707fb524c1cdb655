import { setTimeout as delay } from "node:timers/promises";
import type { AppProcess } from "../support/app-process.ts";
import { eventually } from "../support/eventually.ts";

const EXIT_LIMIT_MS = 15_000;
const READY_LIMIT_MS = 60_000;
const RETRY_PAUSE_MS = 500;

/** Keeps one process alive: whenever it ends, whatever it ended of, the next one is started. */
export class Keeper {
  readonly name: string;
  readonly #start: () => Promise<AppProcess>;
  readonly #onSurprise: (surprise: string) => void;
  readonly #told = new Set<AppProcess>();
  readonly #run: Promise<void>;
  #living: AppProcess | undefined;
  #isStopping = false;

  /** @param onSurprise told when the process ends without having been told to, or does not start or end as it should */
  constructor(name: string, start: () => Promise<AppProcess>, onSurprise: (surprise: string) => void) {
    this.name = name;
    this.#start = start;
    this.#onSurprise = (surprise) => onSurprise(`${name} ${surprise}`);
    this.#run = this.#keep();
  }

  /** The process that takes work; `undefined` while there is none. */
  get living(): AppProcess | undefined {
    return this.#living;
  }

  ready(): Promise<AppProcess> {
    return eventually(`${this.name} is ready`, () => this.#living, READY_LIMIT_MS);
  }

  /** Ends the process that lives, and resolves when it is dead. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const app = await this.ready();
    this.#told.add(app);
    app.kill(signal);
    const late = delay(EXIT_LIMIT_MS, "late", { ref: false });
    if ((await Promise.race([app.exited, late])) !== "late") return;
    this.#onSurprise(`still ran ${EXIT_LIMIT_MS} ms after ${signal}`);
    await app.dispose();
  }

  /** Ends the process for good. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#living?.dispose();
    await this.#run;
  }

  async #keep(): Promise<void> {
    while (!this.#isStopping) {
      try {
        const app = await this.#start();
        if (this.#isStopping) return await app.dispose();
        this.#living = app;
        await this.#watch(app);
      } catch (error) {
        if (this.#isStopping) return;
        this.#onSurprise(`did not start: ${(error as Error).message}`);
        await delay(RETRY_PAUSE_MS);
      }
    }
  }

  async #watch(app: AppProcess): Promise<void> {
    const how = await app.exited;
    this.#living = undefined;
    if (this.#isStopping) return;
    const isAsTold = this.#told.delete(app) && (how === 0 || how === "SIGKILL");
    if (!isAsTold) this.#onSurprise(`ended with ${how}: ${app.stderr().trim()}`);
  }
}
