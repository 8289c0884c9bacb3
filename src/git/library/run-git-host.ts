import { readFileSync, writeFileSync } from "node:fs";
import { setLimits } from "../../lib/posix.ts";
import { fetchCommit } from "./fetch-commit.ts";
import { serveObjects } from "./serve-objects.ts";

/**
 * The process in which isomorphic-git works: it parses what strangers' servers send, and may die of it. It gets no
 * environment; the daemon limits its memory, its time and what it writes.
 * @param words `objects FOLDER`: names from stdin, objects to stdout; `fetch`: one job from stdin, its end to stdout
 */
export async function runGitHost(words: readonly string[]): Promise<void> {
  limitMemory();
  const [what, folder] = words;
  if (what === "objects" && folder !== undefined) return serveObjects(folder);
  if (what === "fetch") return fetchCommit();
  throw new Error("it is started by the daemon only");
}

/** Beyond what Bun reserves for itself at its start: room for a pack and what comes of it. */
const MEMORY_BYTES = 768 * 2 ** 20;
/** Source: Linux, the unit of /proc/self/statm on the machines that Bun runs on. */
const PAGE_BYTES = 4096;

/**
 * Before anything foreign is read. From outside it would come too early or too late: a runtime that is starting dies of
 * it. Where memory runs out all the same, this process is the one that goes.
 */
function limitMemory(): void {
  if (process.platform !== "linux") return;
  const pages = Number(readFileSync("/proc/self/statm", "utf8").split(" ")[0]);
  setLimits(process.pid, { addressSpaceBytes: pages * PAGE_BYTES + MEMORY_BYTES });
  try {
    writeFileSync("/proc/self/oom_score_adj", "1000");
  } catch {
    // A container may forbid it; the limit above holds.
    return;
  }
}
