import { reloadOnChange } from "./dev/reload-on-change.ts";
import { launch } from "./system/launch.ts";

const print = (source: string, line: string) =>
  process.stdout.write(`${source.padEnd(6)}  ${line}`.trimEnd().concat("\n"));

process.exit(
  await launch({
    name: "npm run dev",
    remark: "A changed source starts the app that runs on it again, drained first.",
    runApp: reloadOnChange(print),
  }),
);
