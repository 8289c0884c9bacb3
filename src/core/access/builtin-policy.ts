import { type PolicyLine, parsePolicy } from "./policy-text.ts";

/** `role:readonly` and `role:admin`, and who has the second: the account of the first day. */
const WRITES: Readonly<Record<string, readonly string[]>> = {
  applications: [
    "create",
    "update",
    "update/*",
    "delete",
    "delete/*",
    "sync",
    "rollback",
    "override",
    "action/*",
  ],
  applicationsets: ["get", "create", "update", "delete"],
  exec: ["create"],
  certificates: ["create", "update", "delete"],
  clusters: ["create", "update", "delete"],
  repositories: ["create", "update", "delete"],
  "write-repositories": ["create", "update", "delete"],
  projects: ["create", "update", "delete"],
  accounts: ["update"],
  gpgkeys: ["create", "delete"],
};
const READS = [
  "applications",
  "applicationsets",
  "logs",
  "certificates",
  "clusters",
  "repositories",
  "write-repositories",
  "projects",
  "accounts",
  "gpgkeys",
];
/** Objects of these are written `<project>/<name>`. */
const IN_PROJECTS = new Set(["applications", "applicationsets", "logs", "exec"]);

const TEXT = [
  ...READS.map((resource) => permission("role:readonly", resource, "get")),
  ...Object.entries(WRITES).flatMap(([resource, actions]) =>
    actions.map((action) => permission("role:admin", resource, action)),
  ),
  "g, role:admin, role:readonly",
  "g, admin, role:admin",
].join("\n");

export const BUILTIN_POLICY: readonly PolicyLine[] = parsePolicy(TEXT, "the built-in policy").lines;

function permission(role: string, resource: string, action: string): string {
  return `p, ${role}, ${resource}, ${action}, ${IN_PROJECTS.has(resource) ? "*/*" : "*"}, allow`;
}
