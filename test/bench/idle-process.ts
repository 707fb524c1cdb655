import { announceReady } from "@semblance/shared/lifecycle/launcher";

/** The control: a process that does nothing but wait for its launcher to go. */
process.on("disconnect", () => process.exit(0));
announceReady();
