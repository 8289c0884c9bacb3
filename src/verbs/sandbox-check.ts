import type { Check } from "../cli/offline-verbs.ts";
import { isFullSandbox, type SandboxLevel, type SandboxName } from "../render/sandbox-level.ts";

/** What each level means, behind the names of the tools. */
const MEANS: Readonly<Record<SandboxName, string>> = {
  mounts: "see their own files alone, in a file system of their own, and no network",
  landlock: "can open their own files alone, which Landlock enforces, and reach no network",
  network: "reach no network and have limits of CPU, memory and files, but can read what this user can",
  limits: "have limits of CPU, memory and files, but the network and the files of this user",
  none: "run without limits, with the network and the files of this user",
};

/** How well helm and kustomize are shut in on this machine, as doctor tells it. */
export function sandboxCheck(level: SandboxLevel, sandbox: "required" | "best-effort"): Check {
  const text = `${level.name}: helm and kustomize ${MEANS[level.name]}`;
  if (isFullSandbox(level)) return { name: "sandbox", state: "ok", text };
  return {
    name: "sandbox",
    state: sandbox === "required" ? "failed" : "warning",
    text: `${text}. More is not to be had: ${level.why}`,
    fix:
      sandbox === "required"
        ? "Allow user namespaces or Landlock here, or set render.requireSandbox to false"
        : "Allow unprivileged user namespaces, or run on a kernel with Landlock (5.13 or newer)",
  };
}
