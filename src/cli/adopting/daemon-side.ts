/** What the running daemon has of an application of Argo CD's, and how it lets go of one. */
import { type AdoptionMark, ANNOTATION, type Application, keyOfApp } from "../../core/model/application.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { appPath, ownPath } from "../app-path.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { untilApps } from "../until-apps.ts";

/**
 * `begun`: as a take that was cut off left it, without automation. `edited`: taken, and written otherwise by now than Argo CD
 * has it. `other`: it did not come from Argo CD's.
 */
export type Holding = "none" | "begun" | "taken" | "edited" | "other";

/** The daemon lets go at once, whatever a cluster does not answer. */
const WITHIN_MS = 60_000;

/** @param manifest as Argo CD has it */
export async function holdingOf(client: Client, manifest: Application): Promise<Holding> {
  const { items } = await client.get<{ items?: Application[] | null }>("/api/v1/applications", {
    name: manifest.metadata.name,
    appNamespace: manifest.metadata.namespace,
  });
  const there = (items ?? []).find((app) => keyOfApp(app) === keyOfApp(manifest));
  if (there === undefined) return "none";
  if ((await originOf(client, there)) !== "api") return "other";
  if (markOf(there) === "begun") return "begun";
  if (equalJson(manifest.spec, there.spec)) return "taken";
  return markOf(there) === "taken" ? "edited" : "other";
}

export async function originOf(client: Client, app: Application): Promise<string> {
  return (await client.get<{ origin: { from: string } }>(ownPath(app))).origin.from;
}

/** Whose the application of that name is, for one that is not to be taken. A sentence without a full stop. */
export async function sayOther(client: Client, manifest: Application): Promise<string> {
  switch (await originOf(client, manifest)) {
    case "cluster":
      return "the daemon's home is the cluster, so that it has this very object: have Argo CD's controller let go, and there is nothing to take";
    case "file":
      return "the daemon has it from a file, so that it is Holdfast's already";
    case "parent":
      return "the daemon has it from another application that renders it, so that it is Holdfast's already";
    default:
      return `the daemon has another application of this name: look at it with holdfast app get ${keyOfApp(manifest)}`;
  }
}

/** What a take noted in it; undefined: none made it. */
export function markOf({ metadata }: Application): AdoptionMark | undefined {
  const said = metadata.annotations?.[ANNOTATION.adoption];
  return said === "begun" || said === "taken" ? said : undefined;
}

/** As the daemon gets it first: it judges, and does nothing by itself. */
export function onTrial(app: Application): Application {
  const { syncPolicy: { automated: _, ...policy } = {}, ...spec } = app.spec;
  const trial = app.spec.syncPolicy === undefined ? spec : { ...spec, syncPolicy: policy };
  return marked({ ...app, spec: trial }, "begun");
}

/** As it is Holdfast's: as it is written, and known as one that was taken. */
export function taken(app: Application): Application {
  return marked(app, "taken");
}

function marked(app: Application, mark: AdoptionMark): Application {
  const annotations = { ...app.metadata.annotations, [ANNOTATION.adoption]: mark };
  return { ...app, metadata: { ...app.metadata, annotations } };
}

/** Has the daemon let go of one, and waits until it has: nothing in a cluster is touched. @throws {CliError} timed-out */
export async function giveBack(context: CliContext, client: Client, app: Application): Promise<void> {
  const { path, query } = appPath(app);
  await client.send("DELETE", path, { query: { ...query, cascade: "false" } });
  const { items } = await client.get<{ items?: Application[] | null }>("/api/v1/applications", {
    name: app.metadata.name,
    appNamespace: app.metadata.namespace,
  });
  const left = (items ?? []).filter((each) => keyOfApp(each) === keyOfApp(app));
  const { is } = await untilApps(context, client, new Map(left.map((each) => [keyOfApp(each), each])), {
    timeoutMs: context.limitMs(WITHIN_MS),
    isDone: () => false,
    update: () => undefined,
  });
  if (is !== "done")
    throw new CliError(
      is === "interrupted" ? EXIT.interrupted : EXIT.timedOut,
      `${keyOfApp(app)}: the daemon has not let go of it yet.`,
      [`holdfast app get ${keyOfApp(app)} tells what holds it`],
    );
}
