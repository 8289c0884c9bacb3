/**
 * Who may do what, by the rules that Argo CD's users know:
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/rbac/
 *
 * 1. What the default role may, everybody may: nothing denies it.
 * 2. Else the subject and each of its groups are asked by themselves, with all the roles they have. One that is allowed and
 *    not denied is enough: what one is denied stops no other. A group counts only where a membership begins with it.
 * 3. The roles of a project hold for requests in it. Its tokens get nothing else there but the default role.
 */
import { ANYWHERE, compileGlob } from "../../lib/glob.ts";
import { compileGoRegexp } from "../../lib/go-regexp.ts";
import type { PolicyLine, PolicyPlace } from "./policy-text.ts";
import type { Subject } from "./subject.ts";

/** How resource, action and object of a permission are read. `regex` is looked for anywhere in a text, `glob` is the whole. */
export type MatchMode = "glob" | "regex";

export interface AccessRequest {
  /** `applications`, `projects`, …, in full. */
  resource: string;
  /** `sync`, `action/apps/Deployment/restart`, … */
  action: string;
  /** `<project>/<name>`, `<project>/<namespace>/<name>`, a name or an address; see `projectOfRequest`. */
  object: string;
}

export type Decision = {
  is: "allowed" | "denied";
  /** `line`: what decided. `nothing`: no line speaks of it. */
  because: { of: "default-role" | "subject" | "group"; name: string; line: PolicyPlace } | "nothing";
};

export interface PolicyInput {
  /** All lines that hold everywhere, the built-in ones too; their order does not matter. */
  lines: readonly PolicyLine[];
  /** Of each project, `linesOfProject`. */
  projects: ReadonlyMap<string, readonly PolicyLine[]>;
  matchMode: MatchMode;
  /** `policy.default`; undefined: nobody may what nothing says. */
  defaultRole: string | undefined;
}

/** A role of a role of a role …: further ones are not looked at. */
const MOST_LINKS = 10;

/** Compiled once, asked for every request; never changed. */
export class AccessPolicy {
  readonly #everywhere: Layer;
  readonly #projects: ReadonlyMap<string, Layer>;
  /** A list of thousands is filtered for one subject and one action: what can decide there is picked out once. */
  readonly #prepared = new WeakMap<Subject, Map<string, Prepared[]>>();

  constructor(private readonly input: PolicyInput) {
    this.#everywhere = new Layer(input.lines, input.matchMode);
    this.#projects = new Map(
      [...input.projects].map(([name, lines]) => [name, new Layer(lines, input.matchMode)]),
    );
  }

  /** @param subject the same object for the same subject costs less */
  decide(subject: Subject, request: AccessRequest): Decision {
    let denied: Decision | undefined;
    for (const { of, name, rules } of this.#preparedFor(subject, request)) {
      const judged = judge(rules, request.object);
      if (judged === undefined) continue;
      const decision: Decision = {
        is: judged.effect === "allow" ? "allowed" : "denied",
        because: { of, name, line: judged.place },
      };
      if (decision.is === "allowed") return decision;
      denied ??= decision;
    }
    return denied ?? { is: "denied", because: "nothing" };
  }

  #preparedFor(subject: Subject, request: AccessRequest): readonly Prepared[] {
    const project = projectOfRequest(request, (name) => this.#projects.has(name));
    const { resource, action } = request;
    const key = `${resource} ${action} ${project ?? ""}`;
    const known = this.#prepared.get(subject) ?? new Map<string, Prepared[]>();
    this.#prepared.set(subject, known);
    let prepared = known.get(key);
    if (prepared === undefined) {
      prepared = this.#askedFor(subject, project).map(({ of, name, layers }) => ({
        of,
        name,
        rules: rulesOf(name, layers).filter((rule) => rule.resource(resource) && rule.action(action)),
      }));
      // Whoever asks for ever new actions fills no memory.
      if (known.size >= MOST_PREPARED) known.clear();
      known.set(key, prepared);
    }
    return prepared;
  }

  /** Who is asked in turn, each by itself. */
  #askedFor(
    subject: Subject,
    project: string | undefined,
  ): (Omit<Prepared, "rules"> & { layers: Layer[] })[] {
    const { defaultRole } = this.input;
    const own = project === undefined ? undefined : this.#projects.get(project);
    const layers = [this.#everywhere, ...(own === undefined ? [] : [own])];
    const everybody =
      defaultRole === undefined || defaultRole === ""
        ? []
        : [{ of: "default-role" as const, name: defaultRole, layers }];
    const tokenOf = projectOfToken(subject.name);
    if (project !== undefined && tokenOf !== undefined && tokenOf !== project) return everybody;
    // In its own project a token is its role, whatever groups it claims.
    const groups = project === undefined || tokenOf === undefined ? subject.groups : [];
    return [
      ...everybody,
      { of: "subject", name: subject.name, layers },
      ...groups
        .filter((group) => layers.some((layer) => layer.beginsWith(group)))
        .map((name) => ({ of: "group" as const, name, layers })),
    ];
  }
}

const MOST_PREPARED = 2_000;

interface Prepared {
  of: "default-role" | "subject" | "group";
  name: string;
  /** Those that speak of the resource and the action. */
  rules: readonly Rule[];
}

function rulesOf(name: string, layers: readonly Layer[]): Rule[] {
  const names = new Set([name]);
  let fresh = [name];
  for (let link = 1; link <= MOST_LINKS && fresh.length > 0; link++) {
    const next = fresh.flatMap((each) => layers.flatMap((layer) => layer.rolesOf(each)));
    fresh = [...new Set(next)].filter((each) => !names.has(each));
    for (const each of fresh) names.add(each);
  }
  return [...names].flatMap((each) => layers.flatMap((layer) => layer.rulesOf(each)));
}

/** @returns undefined where the subject is no project's token */
function projectOfToken(name: string): string | undefined {
  return /^proj:([^:]*)/.exec(name)?.[1];
}

interface Rule {
  effect: "allow" | "deny";
  resource: Matcher;
  action: Matcher;
  object: Matcher;
  place: PolicyPlace;
}

type Matcher = (text: string) => boolean;

class Layer {
  readonly #rules = new Map<string, Rule[]>();
  readonly #roles = new Map<string, string[]>();

  constructor(lines: readonly PolicyLine[], mode: MatchMode) {
    const matchers = new Map<string, Matcher>();
    const matcher = (pattern: string): Matcher => {
      const known = matchers.get(pattern) ?? matcherOf(pattern, mode);
      matchers.set(pattern, known);
      return known;
    };
    for (const line of lines) {
      if (line.is === "membership") listIn(this.#roles, line.member).push(line.role);
      else if (line.effect === "allow" || line.effect === "deny")
        listIn(this.#rules, line.subject).push({
          effect: line.effect,
          resource: matcher(line.resource),
          action: matcher(line.action),
          object: matcher(line.object),
          place: line.place,
        });
    }
  }

  beginsWith(member: string): boolean {
    return this.#roles.has(member);
  }

  rolesOf(member: string): readonly string[] {
    return this.#roles.get(member) ?? [];
  }

  rulesOf(subject: string): readonly Rule[] {
    return this.#rules.get(subject) ?? [];
  }
}

function listIn<T>(lists: Map<string, T[]>, key: string): T[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

/** A pattern that cannot be read matches nothing; `checkPolicy` says so. Those that nearly everybody writes are no patterns to us. */
function matcherOf(pattern: string, mode: MatchMode): Matcher {
  if (mode === "regex") {
    const begins = /^\^([\w/-]*)(?:\.\*)?$/.exec(pattern)?.[1];
    if (begins !== undefined) return (text) => text.startsWith(begins);
    // The dot is no line feed.
    const line = /^\^([\w/-]*)\.\*\$$/.exec(pattern)?.[1];
    if (line !== undefined) return (text) => text.startsWith(line) && !text.includes("\n", line.length);
    if (/^[\w/-]*$/.test(pattern)) return (text) => text.includes(pattern);
    const regexp = compileGoRegexp(pattern);
    return regexp.ok ? regexp.finds : () => false;
  }
  const [, start = "", star] = /^([^*?[\]{}\\]*)(\*?)$/.exec(pattern) ?? [];
  if (star !== undefined) return star === "" ? (text) => text === start : (text) => text.startsWith(start);
  const glob = compileGlob(pattern, ANYWHERE);
  return glob.ok ? glob.matches : () => false;
}

/** A deny wins over every allow, in any order and from any role. */
function judge(rules: readonly Rule[], object: string): Rule | undefined {
  let allowed: Rule | undefined;
  for (const rule of rules) {
    if ((rule.effect === "allow" && allowed !== undefined) || !rule.object(object)) continue;
    if (rule.effect === "deny") return rule;
    allowed = rule;
  }
  return allowed;
}

/** Of these an object begins with its project, where it has one. */
export const WITH_PROJECT = new Set([
  "applications",
  "applicationsets",
  "logs",
  "exec",
  "repositories",
  "clusters",
]);

/** The project whose roles a request is judged by. */
export function projectOfRequest(
  { resource, object }: AccessRequest,
  isProject: (name: string) => boolean,
): string | undefined {
  if (resource === "projects") return isProject(object) ? object : undefined;
  if (!WITH_PROJECT.has(resource)) return undefined;
  const [project, ...rest] = object.split("/");
  return project !== undefined && rest.length > 0 && isProject(project) ? project : undefined;
}
