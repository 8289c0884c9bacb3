/** What can be done to what, as policies name it: the rows of the table of what somebody may. */

interface RightsRow {
  resource: string;
  actions: readonly string[];
  /** Of what a policy's object names one: something in a project, or the thing by its name. */
  named: "in a project" | "as a project" | "by itself";
}

const LIFE = ["get", "create", "update", "delete"] as const;

export const RIGHTS_ROWS: readonly RightsRow[] = [
  { resource: "applications", actions: [...LIFE, "sync", "rollback", "override"], named: "in a project" },
  { resource: "applicationsets", actions: LIFE, named: "in a project" },
  { resource: "logs", actions: ["get"], named: "in a project" },
  { resource: "repositories", actions: LIFE, named: "in a project" },
  { resource: "clusters", actions: LIFE, named: "in a project" },
  { resource: "projects", actions: LIFE, named: "as a project" },
  { resource: "accounts", actions: LIFE, named: "by itself" },
  { resource: "certificates", actions: LIFE, named: "by itself" },
];

export const RIGHTS_COLUMNS: readonly string[] = [...LIFE, "sync", "rollback", "override"];

/**
 * What is asked of one row. @param project undefined: of everything there is
 * @returns as `can-i` takes it; undefined where the row has nothing in a project
 */
export function askedObject({ named }: RightsRow, project: string | undefined): string | undefined {
  if (project === undefined) return "*";
  if (named === "by itself") return undefined;
  return named === "as a project" ? project : `${project}/*`;
}
