/** What the parameter does, for whoever reads the document. */
export const FIELDS_SAY =
  "`a.b,c` keeps these fields alone, `-a.b,c` leaves them out; lists are passed through.";

type Branch = Map<string, Branch>;
type Mask = { keep: Branch } | { drop: Branch };

/**
 * Argo CD's `fields` parameter: `a.b,c` keeps only these, `-a.b,c` drops them. Lists are passed through:
 * `items.metadata.name` keeps the name of every item.
 */
export function applyFields<T>(value: T, fields: string | undefined): unknown {
  if (fields === undefined || fields === "") return value;
  const mask = parse(fields);
  return "keep" in mask ? keep(value, mask.keep) : drop(value, mask.drop);
}

function parse(fields: string): Mask {
  const drops = fields.startsWith("-");
  const root: Branch = new Map();
  for (const path of (drops ? fields.slice(1) : fields).split(",")) {
    let branch = root;
    for (const name of path.trim().split(".")) {
      const next: Branch = branch.get(name) ?? new Map<string, Branch>();
      branch.set(name, next);
      branch = next;
    }
  }
  return drops ? { drop: root } : { keep: root };
}

function keep(value: unknown, branch: Branch): unknown {
  if (branch.size === 0 || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => keep(item, branch));
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, child]) => {
      const below = branch.get(name);
      return below === undefined ? [] : [[name, keep(child, below)]];
    }),
  );
}

function drop(value: unknown, branch: Branch): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => drop(item, branch));
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, child]) => {
      const below = branch.get(name);
      if (below === undefined) return [[name, child]];
      return below.size === 0 ? [] : [[name, drop(child, below)]];
    }),
  );
}
