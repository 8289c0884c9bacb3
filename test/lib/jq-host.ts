import { join } from "node:path";

/** Starts the process for jq from the sources. */
export const jqHost: readonly string[] = [
  process.execPath,
  join(import.meta.dir, "../../src/checks/host-main.ts"),
  "jq",
];
