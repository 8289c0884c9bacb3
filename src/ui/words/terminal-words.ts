/** What is said of terminals, as pure functions. */
import { shellLine } from "../../lib/shell-line.ts";

/** How one leaves a terminal by keys: whatever else is pressed is the shell's. */
export const LEAVING_KEYS = "Ctrl+Shift+L";

export function isForLeaving({
  ctrlKey,
  shiftKey,
  altKey,
  metaKey,
  code,
}: Pick<KeyboardEvent, "ctrlKey" | "shiftKey" | "altKey" | "metaKey" | "code">): boolean {
  return ctrlKey && shiftKey && !altKey && !metaKey && code === "KeyL";
}

/** What of a text may be pasted: no sign that steers a terminal, such as the end of a paste, which would have the rest typed. */
export function pastable(text: string): { text: string; lines: number } {
  const clean = text.replace(/\r\n?/g, "\n").replace(/(?![\t\n])\p{Cc}/gu, "");
  const lines = clean.replace(/\n$/, "").split("\n").length;
  return { text: clean, lines: clean.endsWith("\n") ? Math.max(lines, 2) : lines };
}

/** As much of it as a person reads before they say yes. */
export function pasteShown(text: string): string {
  const lines = text.replace(/\n$/, "").split("\n");
  const most = 12;
  return lines.length <= most
    ? lines.join("\n")
    : [...lines.slice(0, most - 1), `… and ${lines.length - most + 1} more lines`].join("\n");
}

/** The same by kubectl. */
export function execLine({
  namespace,
  pod,
  container,
  shell,
}: {
  namespace: string;
  pod: string;
  container: string | undefined;
  shell: string | undefined;
}): string {
  return shellLine([
    ...["kubectl", "exec", "-it", "-n", namespace, pod],
    ...(container === undefined ? [] : ["-c", container]),
    ...["--", shell ?? "sh"],
  ]);
}
