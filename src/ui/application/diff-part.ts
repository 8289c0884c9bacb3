/** More of an object that differs than came with it. */
import type { Application } from "../../core/model/application.ts";
import type { PlannedLines } from "../components/planned.tsx";
import { ask } from "../store/daemon.ts";
import type { AskedPart, DiffFile, DiffHunk } from "../words/diff-rows.ts";
import { ourPathOf } from "./paths.ts";

/** @param sides what was compared, for texts that the daemon has dropped since; absent: what is there with Git */
export function askPart(
  app: Application,
  file: DiffFile,
  part: AskedPart,
  sides: { base?: string; target?: string } = {},
): Promise<{ hunks: DiffHunk[]; rest?: number }> {
  const query = new URLSearchParams({ ...sides, file: file.id, from: String(part.from) });
  if (part.is === "lines") query.set("to", String(part.to));
  return ask("GET", `${ourPathOf(app, "diff/part")}?${query}`);
}

/** What a plan shows of each object, and the way to more of it. */
export function linesOf(app: Application, files: readonly DiffFile[]): PlannedLines {
  return { files, onLoad: (file, part) => askPart(app, file, part) };
}
