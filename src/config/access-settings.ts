import type { MatchMode } from "../core/access/access-policy.ts";
import { BUILTIN_POLICY } from "../core/access/builtin-policy.ts";
import { checkPolicy } from "../core/access/check-policy.ts";
import { parsePolicy } from "../core/access/policy-text.ts";
import type { AccessSettings } from "../core/access/rbac-config-map.ts";
import type { Problem } from "../core/model/problem.ts";
import { defined, filled } from "../lib/defined.ts";
import type { FieldPath } from "../lib/field-path.ts";
import { reasonOf, type Values } from "./read-settings.ts";
import type { SettingTable } from "./setting.ts";

/** `rbac` of the config. */
const KEYS = {
  policy: {
    is: "text",
    doc: "Lines of policy.csv.",
    default: "",
  },
  policyFiles: {
    is: "paths",
    doc: "Files of such lines, which are read again when they change. All lines together are one policy.",
    default: [],
    example: "[./policy.csv]",
  },
  defaultRole: {
    is: "text",
    doc: "What everybody may who signed in, such as role:readonly: no line denies it. Empty: nothing.",
    default: "",
  },
  scopes: {
    is: "texts",
    doc: "Claims of single sign-on whose values are groups.",
    default: ["groups"],
    example: "[groups, email]",
  },
  matchMode: {
    is: "choice",
    doc: "How resources, actions and objects of lines are read.",
    default: "glob",
    of: ["glob", "regex"],
  },
} as const satisfies SettingTable;

export const RBAC = {
  is: "section",
  doc: "Who may do what, as Argo CD's argocd-rbac-cm says it; role:admin and role:readonly are built in. It is asked where there are accounts or providers of signOn.",
  keys: KEYS,
} as const;

/** @param readFile @throws with a `code` where the file cannot be read */
export function readAccess(
  written: Values,
  of: {
    readFile: (path: string) => string;
    report: (path: FieldPath, text: string, fix?: string) => void;
    say: (problem: Problem) => void;
  },
): AccessSettings & { files: string[] } {
  const { readFile, report, say } = of;
  const files = written["policyFiles"] as string[];
  const texts = files.flatMap((file, index) => {
    try {
      return [{ file, text: readFile(file) }];
    } catch (cause) {
      report(["rbac", "policyFiles", index], `the file ${file} cannot be read: ${reasonOf(cause)}`);
      return [];
    }
  });
  const inPlace = "rbac.policy";
  const documents = [{ file: inPlace, text: written["policy"] as string }, ...texts].map(({ file, text }) =>
    parsePolicy(text, file),
  );
  const lines = documents.flatMap((document) => document.lines);
  const defaultRole = filled({ defaultRole: (written["defaultRole"] as string).trim() }).defaultRole;
  const matchMode = written["matchMode"] as MatchMode;
  const judged = checkPolicy(lines, { matchMode, builtin: BUILTIN_POLICY, ...defined({ defaultRole }) });
  for (const { object = "", ...problem } of [...documents.flatMap(({ problems }) => problems), ...judged])
    if (files.includes(object)) say({ ...problem, file: object });
    else say({ ...problem, object: object === "policy.default" ? "rbac.defaultRole" : object });
  return { lines, matchMode, defaultRole, scopes: written["scopes"] as string[], files };
}
