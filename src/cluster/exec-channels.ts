/**
 * The channels of `exec` in one WebSocket: each message is the number of a channel and what is on it.
 * https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/4006-transition-spdy-to-websockets
 */
import type { ExecEnd, TerminalSize } from "../core/model/pod-exec.ts";
import { isMapping } from "../lib/is-mapping.ts";

/** The newest first; the fourth one cannot say that nothing more is typed, which a terminal never says. */
export const EXEC_PROTOCOLS = ["v5.channel.k8s.io", "v4.channel.k8s.io"] as const;
export const CHANNEL = { typed: 0, output: 1, errors: 2, status: 3, size: 4 } as const;

/** Of what a server says of an end: the rest of a long one tells nothing more. */
const LONGEST_WHY = 500;

export function onChannel(channel: number, bytes: Uint8Array): Uint8Array {
  const message = new Uint8Array(1 + bytes.length);
  message[0] = channel;
  message.set(bytes, 1);
  return message;
}

export function sizeMessage({ columns, rows }: TerminalSize): Uint8Array {
  return onChannel(CHANNEL.size, new TextEncoder().encode(JSON.stringify({ Width: columns, Height: rows })));
}

/** @param text a `Status` of Kubernetes, on the channel for it */
export function execEndOf(text: string): ExecEnd {
  let status: unknown;
  try {
    status = JSON.parse(text);
  } catch {
    return { is: "failed", why: clean(text) };
  }
  if (!isMapping(status)) return { is: "failed", why: clean(text) };
  if (status["status"] === "Success") return { is: "exited", code: 0 };
  const said = typeof status["message"] === "string" ? status["message"] : text;
  const details = isMapping(status["details"]) ? status["details"] : {};
  const causes = Array.isArray(details["causes"]) ? details["causes"] : [];
  const code = causes.find((cause) => isMapping(cause) && cause["reason"] === "ExitCode") as
    | { message?: unknown }
    | undefined;
  const number = Number(code?.message);
  if (isNoProgram(said)) return { is: "no-program", why: clean(said) };
  if (code !== undefined && Number.isInteger(number)) return { is: "exited", code: number };
  // A runtime that gives no code as a field says it all the same.
  const [, written] = /\b(?:exit status|exit code) (\d{1,3})$/.exec(said) ?? [];
  if (written !== undefined) return { is: "exited", code: Number(written) };
  return { is: "failed", why: clean(said) };
}

/** As runc, crun, containerd, CRI-O and Windows say it. */
function isNoProgram(said: string): boolean {
  return /executable file not found|no such file or directory|cannot find the file specified|stat \S+: not a directory/i.test(
    said,
  );
}

/** What a server says goes to a page and into the activity: one line, nothing that steers a terminal. */
function clean(said: string): string {
  const line = said.replace(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
  return line.length > LONGEST_WHY ? `${line.slice(0, LONGEST_WHY)}…` : line;
}
