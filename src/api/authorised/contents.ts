import type { Asker } from "../../core/access/asker.ts";
import { type AppKey, type Application, appKey, sourcesOf } from "../../core/model/application.ts";
import type { Source } from "../../core/model/source.ts";
import { refuseSource } from "../../core/policy/refuse-source.ts";
import type { LookedFor, RepositoryContents, Sees } from "../../core/ports/repository-contents.ts";
import type { Control } from "../../engine/control.ts";
import { canonicalJson } from "../../lib/canonical-json.ts";
import { ApiError, notFound } from "../api-error.ts";
import { demand } from "./demand.ts";
import { applicationObject, repositoryObject } from "./object-names.ts";

type Ids = "charts" | "tags";
export type AuthorisedContents = {
  [Name in Ids]: (
    who: Asker,
    ...rest: Parameters<RepositoryContents[Name]>
  ) => ReturnType<RepositoryContents[Name]>;
} & {
  folders(
    who: Asker,
    url: string,
    revision: string,
    lookedFor: LookedFor,
  ): ReturnType<RepositoryContents["folders"]>;
  details(who: Asker, source: Source, lookedFor: LookedFor): ReturnType<RepositoryContents["details"]>;
};

interface Rooms {
  control: Pick<Control, "projectInForce">;
  homeNamespace: string;
  /** undefined: it is not there, or not to be seen. */
  seen(who: Asker, key: AppKey): Application | undefined;
}

export function authorisedContents(
  contents: RepositoryContents,
  { control, homeNamespace, seen }: Rooms,
): AuthorisedContents {
  const seesOf = (who: Asker): Sees => {
    const may = who.filter("repositories", "get");
    return ({ url, project }) => may(repositoryObject({ url, project }));
  };
  /** Whoever could have it deployed may look into it; of an application that is there, what it says itself its readers too. */
  const demandUse = (
    who: Asker,
    url: string,
    source: Source | undefined,
    { project, app }: LookedFor,
  ): void => {
    const [name = "", namespace = homeNamespace] = app.split("/").reverse();
    const object = applicationObject(
      { metadata: { name, namespace }, spec: { project } } as Application,
      homeNamespace,
    );
    const there = seen(who, appKey(namespace, name));
    const isItsOwn = source !== undefined && there?.spec.project === project && hasSource(there, source);
    if (!isItsOwn && !who.may("applications", "update", object))
      demand(who, "applications", "create", object);
    const found = control.projectInForce(project);
    const inForce = found.is === "found" ? found.value.inForce : undefined;
    if (found.is === "absent") throw notFound(`project ${project}`);
    const why =
      inForce === undefined
        ? (found.value.withheld ?? `project '${project}' permits nothing`)
        : refuseSource(inForce, url);
    if (why !== undefined) throw new ApiError("InvalidArgument", why);
  };
  return {
    async charts(who, id) {
      demand(who, "repositories", "get", repositoryObject(id));
      return contents.charts(id);
    },
    async tags(who, id) {
      demand(who, "repositories", "get", repositoryObject(id));
      return contents.tags(id);
    },
    async folders(who, url, revision, lookedFor) {
      const sees = seesOf(who);
      demandUse(who, url, undefined, lookedFor);
      return contents.folders(url, revision, lookedFor, sees);
    },
    async details(who, source, lookedFor) {
      const sees = seesOf(who);
      demandUse(who, source.repoURL, source, lookedFor);
      return contents.details(source, lookedFor, sees);
    },
  };
}

/** Now, or in a deployment that it remembers. */
function hasSource({ spec, status }: Application, source: Source): boolean {
  const wanted = canonicalJson(source);
  const deployed = (status?.history ?? []).flatMap((one) => one.sources ?? (one.source ? [one.source] : []));
  return [...sourcesOf(spec), ...deployed].some((one) => canonicalJson(one) === wanted);
}
