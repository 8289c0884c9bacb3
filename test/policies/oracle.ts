/**
 * What a policy permits, said once more without the product's reading, layers and matchers: each question is asked of the
 * lines as they are written, one by one. Source: Argo CD's documentation of RBAC
 * (https://argo-cd.readthedocs.io/en/stable/operator-manual/rbac/) and what its own tables show.
 */
import type { PolicyCase } from "./cases.ts";

const MOST_LINKS = 10;
/** What a project's roles may speak of. */
const OF_PROJECTS = ["applications", "applicationsets", "repositories", "clusters", "exec", "logs"];
const IN_PROJECTS = [...OF_PROJECTS];

export interface Verdict {
  isAllowed: boolean;
  /** Lines that allow or deny it to any of those who were asked. */
  allows: string[];
  denies: string[];
}

type Line = { text: string; fields: string[] };

export function judge(
  { matchMode, defaultRole, lines, projects }: Omit<PolicyCase, "questions">,
  { subject, request }: PolicyCase["questions"][number],
): Verdict {
  const project = projectOf(request, projects);
  const all = lines.map(lineOf);
  if (project !== undefined) all.push(...linesOf(project, projects[project] ?? []));
  const verdict: Verdict = { isAllowed: false, allows: [], denies: [] };
  const enforce = (name: string): boolean => {
    const names = reached(name, all);
    const matching = all.filter(
      ({ fields: [kind, who = "", resource = "", action = "", object = ""] }) =>
        kind === "p" &&
        names.includes(who) &&
        fits(resource, request.resource, matchMode) &&
        fits(action, request.action, matchMode) &&
        fits(object, request.object, matchMode),
    );
    const textsOf = (effect: string) =>
      matching.filter(({ fields }) => fields[5] === effect).map(({ text }) => text);
    const [allows, denies] = [textsOf("allow"), textsOf("deny")];
    verdict.allows.push(...allows);
    verdict.denies.push(...denies);
    return allows.length > 0 && denies.length === 0;
  };
  // Each by itself: what one is denied stops no other, and nothing denies what everybody may.
  const asked: string[] = defaultRole === undefined || defaultRole === "" ? [] : [defaultRole];
  const token = subject.name.startsWith("proj:") ? subject.name.split(":")[1] : undefined;
  if (token === undefined || project === undefined || token === project) {
    asked.push(subject.name);
    // A group that is no member of anything is not asked, whatever its own lines say.
    for (const group of subject.groups)
      if (all.some(({ fields: [kind, member] }) => kind === "g" && member === group)) asked.push(group);
  }
  verdict.isAllowed = asked.some(enforce);
  return verdict;
}

function projectOf(
  { resource, object }: PolicyCase["questions"][number]["request"],
  projects: PolicyCase["projects"],
): string | undefined {
  const named =
    resource === "projects"
      ? object
      : IN_PROJECTS.includes(resource)
        ? /^([^/]*)\//.exec(object)?.[1]
        : undefined;
  return named !== undefined && Object.keys(projects).includes(named) ? named : undefined;
}

/** One line that a project may not have drops all of them. */
function linesOf(project: string, roles: PolicyCase["projects"][string]): Line[] {
  const found: Line[] = [];
  for (const { name, policies, groups } of roles) {
    const own = `proj:${project}:${name}`;
    found.push(lineOf(`p, ${own}, projects, get, ${project}, allow`));
    for (const policy of policies) {
      const line = lineOf(policy);
      const [, who, resource = "", , object = ""] = line.fields;
      if (who !== own || !OF_PROJECTS.includes(resource) || !object.startsWith(`${project}/`)) return [];
      found.push(line);
    }
    for (const group of groups) found.push(lineOf(`g, ${group}, ${own}`));
  }
  return found;
}

function lineOf(text: string): Line {
  const fields = [...text.matchAll(/(?:^|,) ?(?:"([^"]*)"|([^,]*))/g)].map(
    ([, inQuotes, plain]) => inQuotes ?? plain ?? "",
  );
  return { text, fields };
}

/** The name, and every role that ten links or fewer lead to. */
function reached(name: string, lines: readonly Line[]): string[] {
  let names = [name];
  for (let link = 0; link < MOST_LINKS; link++)
    names = [
      ...new Set([
        ...names,
        ...lines.flatMap(({ fields: [kind, member = "", role = ""] }) =>
          kind === "g" && names.includes(member) ? [role] : [],
        ),
      ]),
    ];
  return names;
}

function fits(pattern: string, text: string, mode: PolicyCase["matchMode"]): boolean {
  if (mode === "regex") {
    try {
      return new RegExp(pattern).test(text);
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause;
      return false;
    }
  }
  return fitsGlob([...pattern], [...text]);
}

/** By trying everything: a star stands for any characters, slashes too. */
function fitsGlob(pattern: readonly string[], text: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return text.length === 0;
  if (first === "*") return text.some((_, at) => fitsGlob(rest, text.slice(at))) || fitsGlob(rest, []);
  if (first === "{") {
    const end = rest.indexOf("}");
    const after = rest.slice(end + 1);
    return rest
      .slice(0, end)
      .join("")
      .split(",")
      .some((one) => fitsGlob([...one, ...after], text));
  }
  if (first === "[" && !rest.includes("]")) return false;
  const [char, ...left] = text;
  if (char === undefined) return false;
  if (first === "?") return fitsGlob(rest, left);
  if (first === "\\") return rest[0] === char && fitsGlob(rest.slice(1), left);
  if (first === "[") {
    const end = rest.indexOf("]");
    const inside = rest.slice(0, end).join("");
    const isNot = inside.startsWith("!");
    const isIn = new RegExp(`[${isNot ? inside.slice(1) : inside}]`).test(char);
    return isIn !== isNot && fitsGlob(rest.slice(end + 1), left);
  }
  return first === char && fitsGlob(rest, left);
}
