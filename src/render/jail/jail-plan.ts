import type { ResourceLimits } from "../../lib/posix.ts";

/** What shuts a tool in, besides limits. Each can be had alone. */
export interface JailWalls {
  /** `mounts`: nothing but the plan's paths exists. `landlock`: nothing else can be opened. */
  files: "mounts" | "landlock" | "open";
  /** `namespace`: there is no network. `seccomp`: no socket for one can be made. */
  network: "namespace" | "seccomp" | "open";
}

/** How a process shuts itself in before it becomes a tool. Every path is absolute. */
export interface JailPlan extends JailWalls {
  /** `given`: the process was started in namespaces of its own. `make`: it makes them, which takes a privileged user. */
  namespaces: "given" | "make";
  /** An empty folder, to become the root of the file system. */
  root: string;
  /** May be read and changed, and nothing in it executed. */
  writable: readonly string[];
  /** May be read and executed. */
  readable: readonly string[];
  /** Devices and the like, shown as they are. */
  devices: readonly string[];
  /** `itself`: the tool may signal no other process, not even one that it started. */
  signals: "itself" | "any";
  /** Where the tool starts. */
  cwd: string;
  env: Readonly<Record<string, string>>;
  limits: ResourceLimits;
  /** A file in a writable folder, made once every wall stands: without it the tool never began. */
  entered: string;
}

/** The process ends with this code, and its words begin so, where it could not shut itself in. */
export const JAIL_FAILED = 125;
export const JAIL_WORDS = "jail: ";
