import { expect, test } from "bun:test";
import { waveOf } from "./sync-wave.ts";

const WAVE = "argocd.argoproj.io/sync-wave",
  WEIGHT = "helm.sh/hook-weight";
test.each<[Record<string, string>, number]>([
  [{}, 0],
  [{ [WAVE]: "-5" }, -5],
  [{ [WAVE]: "+2" }, 2],
  [{ [WAVE]: "-0" }, 0],
  [{ [WAVE]: "1.5" }, 0],
  [{ [WAVE]: "1e3" }, 0],
  [{ [WAVE]: " 1" }, 0],
  [{ [WAVE]: "9007199254740991" }, Number.MAX_SAFE_INTEGER],
  [{ [WAVE]: "9007199254740992" }, 0],
  [{ [WAVE]: "soon", [WEIGHT]: "7" }, 7],
  [{ [WAVE]: "1", [WEIGHT]: "7" }, 1],
  [{ [WAVE]: "0", [WEIGHT]: "7" }, 0],
])("waveOf() %p is %p", (annotations, want) => {
  expect(waveOf({ metadata: { name: "x", annotations } })).toBe(want);
});
