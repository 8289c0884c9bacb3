/**
 * A sandbox in a process of its own, which stands in for a control plane. Ends with its standard input.
 *
 *     bun bench/stand-in.ts KUBECONFIG      writes that file, then says "ready"
 */
import { writeFileSync } from "node:fs";
import { startSandbox } from "../src/sandbox/sandbox.ts";

const [kubeconfig = ""] = process.argv.slice(2);
const sandbox = await startSandbox({ listen: "127.0.0.1:0", podMs: 10, stepMs: 5 });
writeFileSync(kubeconfig, sandbox.kubeconfig, { mode: 0o600 });
console.log("ready");
for await (const _ of Bun.stdin.stream());
process.exit(0);
