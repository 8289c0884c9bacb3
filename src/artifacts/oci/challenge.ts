/** What a registry asks for, in WWW-Authenticate. Source: RFC 9110 section 11.6.1, distribution's token specification. */

import { defined } from "../../lib/defined.ts";

export type Challenge =
  | { is: "basic" }
  | { is: "bearer"; realm: string; service?: string; scope?: string }
  | { is: "unknown" };

const MAX_LENGTH = 4096;
const PARAMETER = /([a-z][\w-]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))\s*,?\s*/gy;

/** The first that can be answered, Bearer before Basic. */
export function parseChallenge(header: string): Challenge {
  const bearer = parametersOf(header, "bearer");
  const realm = bearer?.get("realm");
  if (bearer !== undefined && realm !== undefined) {
    const service = bearer.get("service"),
      scope = bearer.get("scope");
    return { is: "bearer", realm, ...defined({ service, scope }) };
  }
  return parametersOf(header, "basic") === undefined ? { is: "unknown" } : { is: "basic" };
}

/** Parameters behind a scheme's name, which stands at the beginning or behind a comma; undefined without that scheme. */
function parametersOf(header: string, scheme: string): Map<string, string> | undefined {
  const text = header.slice(0, MAX_LENGTH);
  const start = new RegExp(`(?:^|,)\\s*${scheme}(?:\\s+|$)`, "i").exec(text);
  if (start === null) return undefined;
  const found = new Map<string, string>();
  PARAMETER.lastIndex = start.index + start[0].length;
  for (let next = PARAMETER.exec(text); next !== null; next = PARAMETER.exec(text)) {
    const [, name = "", quoted, bare = ""] = next;
    found.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, "$1") ?? bare);
  }
  return found;
}
