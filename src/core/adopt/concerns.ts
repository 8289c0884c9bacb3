import { type Application, sourcesOf } from "../model/application.ts";
import { serverKey } from "../model/cluster-entry.ts";
import { decodedData } from "../model/decoded-secret.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { type Problem, showProblem } from "../model/problem.ts";

/** What of an Argo CD could not be read. */
export interface Unread {
  /** Sentences on settings that are not known: they may change any verdict. */
  settings: readonly string[];
  problems: readonly Problem[];
  /** Among them those that the problems are of. */
  secrets: readonly KubeObject[];
}

/**
 * What may change the verdict of one application and could not be read, sentences without a full stop: its project, a Secret
 * of its repository or its cluster, settings. Where it cannot be told whom a Secret is for, it is for everybody.
 */
export function unreadOf(app: Application, { settings, problems, secrets }: Unread): string[] {
  return [
    ...settings,
    ...problems
      .filter((problem) => problem.severity === "error" && concerns(problem, app, secrets))
      .map(showProblem),
  ];
}

function concerns(
  { object = "", file = "" }: Problem,
  app: Application,
  secrets: readonly KubeObject[],
): boolean {
  const [kind = "", name = ""] = object.split(" ");
  if (kind === "AppProject") return (name.split("/").at(-1) ?? "") === app.spec.project;
  // Of two Secrets for one cluster the problem names the cluster, and in place of a file the Secret.
  const shown = kind === "Secret" ? object : file;
  const secret = secrets.find((each) => shown === `Secret ${each.metadata.namespace}/${each.metadata.name}`);
  if (secret === undefined) return true;
  const { url, server, name: cluster } = decodedData({ ...secret }, () => undefined);
  if (url !== undefined && url.trim() !== "")
    return sourcesOf(app.spec).some(({ repoURL }) => plain(repoURL).startsWith(plain(url)));
  if (server === undefined && cluster === undefined) return true;
  const { destination } = app.spec;
  return destination.server !== undefined && destination.server !== ""
    ? server === undefined || serverKey(destination.server) === serverKey(server)
    : cluster === undefined || destination.name === cluster;
}

function plain(url: string): string {
  return url
    .trim()
    .toLowerCase()
    .replace(/\/+$/, "")
    .replace(/\.git$/, "");
}
