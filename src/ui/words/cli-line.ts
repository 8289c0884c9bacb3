import { shellLine } from "../../lib/shell-line.ts";

/** A command as it is typed into a shell. @param words after `holdfast` */
export function cliLine(words: readonly string[]): string {
  return shellLine(["holdfast", ...words]);
}
