import { launch } from "./system/launch.ts";

process.exit(await launch({ name: "npm start" }));
