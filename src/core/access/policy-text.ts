/**
 * Lines of a policy as Argo CD's users write them:
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/rbac/
 */
import type { Problem } from "../model/problem.ts";

/** Where a line stands, so that a decision can name it. */
export interface PolicyPlace {
  /** `policy.csv`, `policy.team.csv`, `the built-in policy`, `role ci of project team`. */
  document: string;
  /** From 1. */
  line: number;
  text: string;
}

export type PolicyLine =
  | {
      is: "permission";
      /** A user, a role or `proj:<project>:<role>`; a name, never a pattern. */
      subject: string;
      /** Patterns, as `MatchMode` has them. */
      resource: string;
      action: string;
      object: string;
      /** `allow` and `deny`; any other word has no effect. */
      effect: string;
      place: PolicyPlace;
    }
  | {
      is: "membership";
      /** A user, a group, or a role that gets what the other one has. */
      member: string;
      role: string;
      place: PolicyPlace;
    };

export interface PolicyText {
  lines: PolicyLine[];
  /** Lines that cannot be read. */
  problems: Problem[];
}

/** @param document as its places name it */
export function parsePolicy(text: string, document: string): PolicyText {
  const lines: PolicyLine[] = [];
  const problems: Problem[] = [];
  for (const [at, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const read = parseLine(line, { document, line: at + 1, text: line });
    if ("is" in read) lines.push(read);
    else
      problems.push({
        severity: "error",
        object: document,
        line: at + 1,
        text: `${read.why}: ${line.slice(0, 200)}`,
        fix: "Write it like p, role:dev, applications, sync, team/*, allow or like g, ann, role:dev",
      });
  }
  return { lines, problems };
}

function parseLine(line: string, place: PolicyPlace): PolicyLine | { why: string } {
  const fields = csvFields(line);
  if (!Array.isArray(fields)) return fields;
  const [is, ...rest] = fields;
  if (is === "p") {
    const [subject, resource, action, object, effect] = rest;
    if (
      rest.length !== 5 ||
      subject === undefined ||
      resource === undefined ||
      action === undefined ||
      object === undefined ||
      effect === undefined
    )
      return { why: `a permission has five fields after p, and this one has ${rest.length}` };
    return { is: "permission", subject, resource, action, object, effect, place };
  }
  if (is === "g") {
    const [member, role] = rest;
    if (rest.length !== 2 || member === undefined || role === undefined)
      return { why: `a membership has two fields after g, and this one has ${rest.length}` };
    return { is: "membership", member, role, place };
  }
  return { why: `a line begins with p or g, and not with ${JSON.stringify((is ?? "").slice(0, 50))}` };
}

/** One record, by the rules of RFC 4180 as Go's encoding/csv has them, spaces before a field passed over. */
function csvFields(line: string): string[] | { why: string } {
  const fields: string[] = [];
  let rest = line;
  for (;;) {
    rest = rest.trimStart();
    if (rest.startsWith('"')) {
      const quoted = /^"((?:[^"]|"")*)"(?=,|$)/.exec(rest);
      if (quoted === null)
        return { why: "a quoted field does not end, or something stands behind its quote" };
      fields.push((quoted[1] ?? "").replaceAll('""', '"'));
      rest = rest.slice(quoted[0].length);
    } else {
      const [field = ""] = /^[^,]*/.exec(rest) ?? [];
      if (field.includes('"')) return { why: "a quote stands inside a field that is not quoted" };
      fields.push(field);
      rest = rest.slice(field.length);
    }
    if (rest === "") return fields;
    rest = rest.slice(1);
  }
}
