/** What differs of many applications, the same change once with all who have it. */

export interface FleetField {
  path: string;
  /** As JSON; absent where there is none. */
  live?: string;
  desired?: string;
  /** Of both values, where one was cut. */
  id?: string;
}

export interface FleetObject {
  group: string;
  kind: string;
  namespace: string;
  name: string;
  change: "create" | "change" | "prune" | "unknown";
  fields: readonly FleetField[];
  more?: number;
}

/** A line of the daemon. */
export type FleetLine =
  | { is: "begin"; applications: number }
  | { is: "application"; application: string; objects: readonly FleetObject[]; more?: number }
  | { is: "failed"; application: string; why: string }
  | { is: "gone"; application: string }
  | { is: "end" }
  | { is: "error"; error: { message: string } };

export interface FleetGroup {
  key: string;
  /** `Deployment: image 1.4 → 1.5`. */
  words: string;
  change: FleetObject["change"];
  /** `namespace/name`, each once, with the objects of it. */
  members: readonly { application: string; objects: readonly string[] }[];
}

/** Fields that are named of one change. */
const MOST_NAMED = 3;
const CHANGE_WORDS = { create: "create", prune: "not in Git", unknown: "cannot be compared" } as const;

/** Those that most have come first. */
export function groupsOf(lines: readonly FleetLine[]): FleetGroup[] {
  const groups = new Map<string, { object: FleetObject; members: Map<string, string[]> }>();
  for (const line of lines) {
    if (line.is !== "application") continue;
    for (const object of line.objects) {
      const key = keyOf(object);
      const group = groups.get(key) ?? { object, members: new Map<string, string[]>() };
      groups.set(key, group);
      const name = object.namespace === "" ? object.name : `${object.namespace}/${object.name}`;
      group.members.set(line.application, [...(group.members.get(line.application) ?? []), name]);
    }
  }
  return [...groups]
    .map(
      ([key, { object, members }]): FleetGroup => ({
        ...{ key, words: wordsOf(object), change: object.change },
        members: [...members]
          .map(([application, objects]) => ({ application, objects }))
          .sort((one, other) => (one.application < other.application ? -1 : 1)),
      }),
    )
    .sort(
      (one, other) =>
        other.members.length - one.members.length ||
        (one.words < other.words ? -1 : one.words > other.words ? 1 : 0),
    );
}

/** Objects of one kind of which the same fields go from the same to the same. How they and their parts are called does not count. */
function keyOf({ group, kind, change, fields, more }: FleetObject): string {
  return JSON.stringify([
    ...[group, kind, change, more ?? 0],
    change === "change"
      ? fields.map((field) => [unnamed(field.path), ...valuesOf(field), field.id]).sort()
      : [],
  ]);
}

/** `spec.template.spec.containers.image`. */
function unnamed(path: string): string {
  return path.replace(/\[[A-Za-z_][\w-]*=[^\]]*\]/g, "");
}

/** Of images of one repository what follows its name: the same step is the same change, whatever is in them. */
function valuesOf({ path, live, desired }: FleetField): readonly [string | undefined, string | undefined] {
  if (!/(^|\.)image$/.test(path)) return [live, desired];
  const [was, becomes] = [imageOf(live), imageOf(desired)];
  return was !== undefined && becomes !== undefined && was.of === becomes.of
    ? [was.tag, becomes.tag]
    : [live, desired];
}

function imageOf(json: string | undefined): { of: string; tag: string } | undefined {
  const [, of, tag] = /^"(.+?)((?::[^:/@"]+)?(?:@[^"]+)?)"$/.exec(json ?? "") ?? [];
  return of === undefined || tag === undefined || tag === ""
    ? undefined
    : { of, tag: tag.replace(/^[:@]/, "") };
}

function wordsOf(object: FleetObject): string {
  const { kind, change, fields, more = 0 } = object;
  if (change !== "change") return `${kind}: ${CHANGE_WORDS[change]}`;
  const rest = fields.length - MOST_NAMED + more;
  const named = fields.slice(0, MOST_NAMED).map((field) => {
    const [was, becomes] = valuesOf(field).map(shortOf);
    return `${lastOf(field.path)} ${was} → ${becomes}`;
  });
  return `${kind}: ${named.length === 0 ? "differs" : named.join(", ")}${rest > 0 ? `, and ${rest} more` : ""}`;
}

/** The end of a path says most: `image`, `annotations["a.b/c"]`. */
function lastOf(path: string): string {
  return /[^.[\]]+(\["(?:[^"\\]|\\.)*"\]|\[[^\]]*\])?$/.exec(path)?.[0] ?? path;
}

function shortOf(json: string | undefined): string {
  if (json === undefined) return "nothing";
  const text = /^".*"$/.test(json) ? json.slice(1, -1) : json;
  return text.length > 60 ? `${text.slice(0, 60)}…` : text === "" ? '""' : text;
}
