/** Which sets ask a provider about the repository that an event is of. It only spares requests: where it cannot be told, they do. */
import type { ApplicationSetSpec, ProviderGenerator } from "../core/model/application-set.ts";
import { repositoryPlace } from "../lib/git-url.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { leaves } from "./due.ts";

export type ProviderKind = "pullRequest" | "scmProvider";

/** Whose repositories a generator asks for, from the outer to the inner. */
const STEPS = ["organization", "owner", "group", "teamProject", "project", "repo"];
/** Of a path: groups of GitLab nest, nobody's deeper. */
const MOST_STEPS = 12;

interface Asked {
  /** `owner/repo`, in lower case; undefined: any, because it is a number or is filled in. */
  path: string | undefined;
  /** "": the provider's own. */
  api: string;
}

/** The events of a moment, found by what generators say. */
export class ProviderEvents {
  readonly #byPath = new Map<string, string[]>();
  readonly #byKind = new Map<ProviderKind, string[]>();

  /** @param events each of one repository */
  constructor(events: Iterable<{ kind: ProviderKind; url: string }>) {
    for (const { kind, url } of events) {
      note(this.#byKind, kind, url);
      for (const path of pathsIn(url)) note(this.#byPath, `${kind} ${path}`, url);
    }
  }

  /** The address of one that the set asks a provider about. */
  concerning({
    generators,
  }: Pick<ApplicationSetSpec, "generators">): { kind: ProviderKind; url: string } | undefined {
    for (const generator of leaves(generators))
      for (const kind of ["pullRequest", "scmProvider"] as const)
        for (const { path, api } of askedBy(generator[kind])) {
          const found = path === undefined ? this.#byKind.get(kind) : this.#byPath.get(`${kind} ${path}`);
          const url = found?.find((each) => api === "" || isApiOf(api, each) !== false);
          if (url !== undefined) return { kind, url };
        }
    return undefined;
  }
}

function askedBy(generator: ProviderGenerator | undefined): Asked[] {
  return Object.entries(generator ?? {}).flatMap(([key, of]): Asked[] => {
    if (!isMapping(of) || key === "template" || key === "values") return [];
    const said = STEPS.flatMap((step) => {
      const text = of[step];
      return typeof text === "string" && text !== "" ? text.toLowerCase().split("/") : [];
    });
    // GitLab's projects may be said by their number, and a matrix fills in the rest.
    const isTold = said.length > 0 && !said.some((step) => /^\d+$/.test(step) || step.includes("{{"));
    const { api } = of;
    return [{ path: isTold ? said.join("/") : undefined, api: typeof api === "string" ? api : "" }];
  });
}

/** Whatever stands one behind the other in the path. */
function pathsIn(url: string): string[] {
  const steps = repositoryPlace(url)
    .split("/")
    .slice(1, MOST_STEPS + 1);
  return steps.flatMap((_, from) =>
    steps.slice(from).map((_, to) => steps.slice(from, from + to + 1).join("/")),
  );
}

/** Whether a repository is of the server that has this API. undefined: it is no address, or is filled in later. */
function isApiOf(api: string, url: string): boolean | undefined {
  const host = URL.parse(api)?.hostname.toLowerCase() ?? "";
  if (host === "") return undefined;
  const [own = ""] = repositoryPlace(url).split("/");
  const without = (name: string): string => name.replace(/^api\./, "");
  return without(own) === without(host);
}

function note<K>(to: Map<K, string[]>, key: K, url: string): void {
  const known = to.get(key);
  if (known === undefined) to.set(key, [url]);
  else known.push(url);
}
