#!/usr/bin/env node
/**
 * What `npm start` and `npx holdfast` run on a machine with Node and npm only: starts src/main.ts with the Bun that npm
 * installed, hands the terminal and signals over, and ends as it ends.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);

/** The npm package names its binary bun.exe on every platform. */
function findBun() {
  const manifest = (() => {
    try {
      return require.resolve("bun/package.json");
    } catch (cause) {
      return cause;
    }
  })();
  const bun = typeof manifest === "string" ? join(dirname(manifest), "bin", "bun.exe") : "";
  if (existsSync(bun)) return bun;
  process.stderr.write("✗ Bun is not installed here.\n  Run: npm ci\n");
  process.exit(5);
}

// A link to this file that is named argocd is Argo CD's command line.
const called = basename(process.argv[1] ?? "", ".mjs") === "argocd" ? ["argocd"] : [];
const child = spawn(findBun(), [join(here, "main.ts"), ...called, ...process.argv.slice(2)], {
  stdio: "inherit",
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 143)));
