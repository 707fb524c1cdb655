import { renderLogLine } from "../../packages/shared/src/telemetry/render-log-line.ts";
import { startAppProcess } from "../system/app-process.ts";
import { type RunApp, stopAppProcess } from "../system/run-app.ts";
import { SourceChanges } from "./source-changes.ts";

/** @param source an app's name, or `dev` */
export type Print = (source: string, line: string) => void;

const describe = ([first, ...others]: string[]): string =>
  others.length === 0 ? `${first} changed` : `${first} and ${others.length} more changed`;

/** The API keeps the port that it got, so that whoever talks to it finds it again. */
const withPortOf = (env: NodeJS.ProcessEnv, url: string | undefined): NodeJS.ProcessEnv =>
  url === undefined ? env : { ...env, PORT: new URL(url).port };

/**
 * Runs an app as one process after another: when a source changes that it runs on, the process drains and the next one starts
 * when it has ended. One that ends by itself, or never gets ready, is said so, and the next change is waited for.
 */
export const reloadOnChange =
  (print: Print): RunApp =>
  ({ name, env, warn }) => {
    const changes = new SourceChanges(name, warn);
    const firstReady = Promise.withResolvers<string | undefined>();
    const stopRequested = Promise.withResolvers<undefined>();
    let isStopping = false;
    let nextEnv = env;

    const runUntilChange = async () => {
      // Before the process reads its sources, so that what changes under its hands leads to the next one.
      const changed = changes.next();
      const app = startAppProcess({
        name,
        env: nextEnv,
        log: (line) => print(name, renderLogLine(line)),
      });
      let isAskedToEnd = false;
      const tell = (line: string) => {
        if (!isAskedToEnd) print("dev", line);
      };
      const tellEnd = (how: string) => tell(`${how}; it starts again when its sources change`);
      app.ready.then(
        (url) => {
          nextEnv = withPortOf(env, url);
          firstReady.resolve(url);
          tell(`the ${name} runs`);
          app.exited.then((how) => tellEnd(`the ${name} ended with ${how}`));
        },
        (error: Error) => tellEnd(error.message),
      );
      const paths = await Promise.race([changed, stopRequested.promise]);
      isAskedToEnd = true;
      if (paths) print("dev", `${describe(paths)}: the ${name} reloads`);
      await stopAppProcess(app, warn);
    };

    const run = async () => {
      await changes.watched;
      while (!isStopping) await runUntilChange();
      await changes.close();
    };

    const ended = run();
    return {
      ready: firstReady.promise,
      // The end of a process is not the end of the app.
      broken: new Promise(() => {}),
      stop: () => {
        isStopping = true;
        stopRequested.resolve(undefined);
        return ended;
      },
    };
  };
