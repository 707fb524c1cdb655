import type { Command } from "./run-command.ts";

export interface Step {
  heading: string;
  commands: Command[];
}

/** Left alone, it colours what it prints wherever it prints it. */
const biomeColors = process.stdout.isTTY ? "force" : "off";

/** The checks that run nothing of the product; each counts as one. */
export const staticSteps: Step[] = [
  { heading: "Format and lint", commands: [{ name: "biome", args: ["ci", `--colors=${biomeColors}`, "."] }] },
  {
    heading: "Import rules",
    commands: [
      {
        name: "depcruise",
        args: ["--config", ".dependency-cruiser.cjs", "apps", "packages", "test", "scripts"],
      },
    ],
  },
  {
    heading: "Types",
    commands: [
      { name: "turbo", args: ["run", "typecheck"] },
      { name: "tsc", args: ["-p", "scripts"] },
    ],
  },
];

export const VITEST_REPORT = ".reports/vitest.json";

export const vitestCommand = (args: string[]): Command => ({
  name: "vitest",
  args: ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${VITEST_REPORT}`, ...args],
});
