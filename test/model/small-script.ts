/** How a small script is written by hand. */
import type { File, Script, Spec, Step } from "./script.ts";

export const file = (slot: File["slot"], wave: number, more: Partial<File> = {}): File => ({
  slot,
  wave,
  version: 1,
  state: "good",
  ...more,
});
export const broken = file("task", 0, { state: "broken" });
export const spec: Spec = {
  repository: "alpha",
  folder: "f1",
  cluster: "home",
  namespace: "one",
  sync: "self-heal",
  extras: "prune",
  project: "default",
  retries: 0,
  cascade: "objects-go",
};

interface Given {
  /** Decides how long everything takes. */
  seed?: number;
  files?: File[];
  red?: Partial<Spec>;
  /** What blue wants, and how; absent: one map, and only when a person says so. */
  blue?: { files: File[]; spec: Partial<Spec> };
  steps?: Step[];
}

/** Red has the files; blue stands beside it and wants nothing of it. */
export function script({ seed = 1, files = [file("map", 0)], red = {}, blue, steps = [] }: Given): Script {
  const others = blue?.files ?? [file("map", 0)];
  return {
    seed,
    files: { alpha: { f1: files, f2: others }, beta: { f1: files, f2: others } },
    specs: {
      red: { ...spec, ...red },
      blue: { ...spec, folder: "f2", namespace: "two", sync: "manual", ...blue?.spec },
    },
    orbs: { home: "absent", east: "absent" },
    steps,
  };
}
