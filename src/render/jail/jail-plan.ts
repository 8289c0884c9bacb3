import type { ResourceLimits } from "../../lib/posix.ts";

/** What shuts a tool in, besides limits. Each can be had alone. */
export interface JailWalls {
  /** `mounts`: nothing but the plan's paths exists. `landlock`: nothing else can be opened. */
  files: "mounts" | "landlock" | "open";
  /** `namespace`: there is no network. `seccomp`: no socket for one can be made. */
  network: "namespace" | "seccomp" | "open";
  /** The newest version of Landlock's interface that is used. Absent: the kernel's; tests see what an older one has. */
  landlock?: number;
}

/** How a process shuts itself in before it becomes a tool. Every path is absolute. */
export interface JailPlan extends JailWalls {
  /**
   * `given`: the process was started in namespaces of its own. `make`: it makes them, which takes a privileged user.
   * `make-as-user`: it makes them in a user namespace of its own, which takes a process of one thread.
   */
  namespaces: "given" | "make" | "make-as-user";
  /** An empty folder, to become the root of the file system. */
  root: string;
  /** May be read and changed, and nothing in it executed. */
  writable: readonly string[];
  /** May be read and executed. */
  readable: readonly string[];
  /** Devices and the like, shown as they are. */
  devices: readonly string[];
  /**
   * `itself`: the tool may signal no other process, not even one that it started. `its own`: those that it started, where
   * the kernel can tell them from others; else no single one of them, but all of its group at once.
   */
  signals: "itself" | "its own";
  /** Where the tool starts. */
  cwd: string;
}

/** What a process becomes once it is shut in. */
export interface JailedProgram {
  /** Absolute; its name as it sees it, then its arguments. */
  program: string;
  words: readonly string[];
  env: Readonly<Record<string, string>>;
  limits: ResourceLimits;
  /** A file in a writable folder, made once every wall stands: without it the tool never began. */
  entered: string;
}
