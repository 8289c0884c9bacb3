import { codeOf, messageOf } from "../../lib/caught.ts";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import { DEFAULT_SERVER } from "./server-url.ts";

/** Bun's and the system's words for a connection that was not made, for people. */
const WHY: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED|ConnectionRefused/i, "nothing listens there"],
  [/ENOTFOUND|EAI_AGAIN|DNS/i, "the name is not known"],
  [/ECONNRESET|ConnectionClosed|socket connection was closed/i, "the connection was closed"],
  [/ETIMEDOUT|timed? ?out/i, "the connection timed out"],
  [/EHOSTUNREACH|ENETUNREACH/i, "there is no way to that host"],
];
const TLS = /CERT|certificate|TLS|SSL|self.signed/i;

/** A failed fetch as an error that says where, why, and how to go on. */
export function unreachable(url: string, cause: unknown): CliError {
  const code = codeOf(cause);
  const text = messageOf(cause);
  if (code === "EPROTO" || /wrong version number/i.test(text))
    return new CliError(
      EXIT.unreachable,
      `${url} does not speak TLS.`,
      [`If it speaks plain HTTP, name it so: ${url.replace(/^https:/, "http:")}`],
      { cause },
    );
  if (TLS.test(`${code} ${text}`)) {
    return new CliError(
      EXIT.unreachable,
      `Cannot trust ${url}: ${text.replace(/[.?!]$/, "") || code}.`,
      [
        "Its fingerprint is in the daemon's log, in the line holdfast is up. --insecure takes any certificate, as through kubectl port-forward.",
        "Name its authority with --ca-file, or its certificate with --fingerprint.",
      ],
      { cause },
    );
  }
  const why =
    WHY.find(([pattern]) => pattern.test(code) || pattern.test(text))?.[1] ??
    (text.replace(/\.$/, "") || code);
  const start =
    url === DEFAULT_SERVER
      ? "Start the daemon: holdfast demo, or holdfast serve --config FILE."
      : "Start the daemon there: holdfast serve --config FILE.";
  return new CliError(
    EXIT.unreachable,
    `Cannot reach ${url}: ${why}.`,
    [start, "Another server is named with --server or HOLDFAST_SERVER."],
    { cause },
  );
}
