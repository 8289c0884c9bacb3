import type { AdoptedApplication, TakeableApplication } from "../../core/model/adoption-report.ts";
import type { Application } from "../../core/model/application.ts";
import { defined } from "../../lib/defined.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { appPath, ownPath } from "../app-path.ts";
import { CliError } from "../cli-error.ts";
import { confirm } from "../confirm.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { asManifest } from "../print-object.ts";
import { nameOf, syncOf } from "../words/app-words.ts";
import { andMore, count } from "../words/count.ts";
import { reasons } from "../words/why.ts";
import { type AdoptOptions, chosenOf, linesOf, lookOf } from "./adopt.ts";
import { appForget } from "./app-forget.ts";

/**
 * Puts applications that an Argo CD has let go of into the running daemon: first without automation, so that the daemon
 * itself says what it would do under its own config, then as they are written. What it judges otherwise than the look
 * did goes back at once.
 */
export async function adoptTake(
  context: CliContext,
  names: readonly string[],
  options: AdoptOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const before = chosenOf(await takeable(context, options), names, options);
  refuse(before.flatMap((each) => whyNotTaken(each)));
  const report = await lookOf(context, options);
  const judged = new Map(report.applications.map((each) => [each.application, each]));
  const looked = before.flatMap(({ application }) => judged.get(application) ?? []);
  refuse(
    looked.flatMap((each): string[] => {
      if (each.is === "not-judged") return [`${each.application}: ${each.why.join("; ")}`];
      if (each.holdfast.sync === "Unknown") return linesOf(context, each);
      const writes = each.is === "different" && each.holdfast.sync !== "Synced";
      return writes && options.different !== true
        ? [...linesOf(context, each), `  ${each.application} would be written to: say --different to take it`]
        : [];
    }),
  );
  const question = `Take over ${andMore(
    before.map(({ application }) => application),
    5,
  )} from Argo CD into ${client.url}?`;
  if (options.yes !== true && !(await confirm(context, question))) {
    context.note("Nothing was taken over.");
    return EXIT.done;
  }
  for (const each of before) {
    const seen = judged.get(each.application);
    if (seen !== undefined && seen.is !== "not-judged")
      await takeOne(context, client, each, expectedOf(seen), options);
  }
  return EXIT.done;
}

/** What a daemon says of its sync: tracking ids that are missing have it OutOfSync until they are written. */
function expectedOf({ holdfast, byLabel }: Extract<AdoptedApplication, { holdfast: unknown }>): string {
  return byLabel > 0 ? "OutOfSync" : (holdfast.sync ?? "");
}

/** @param expected of its sync, by the look */
async function takeOne(
  context: CliContext,
  client: Client,
  { application, manifest }: TakeableApplication,
  expected: string,
  options: AdoptOptions,
): Promise<void> {
  if (manifest === undefined) return;
  const trial = withoutAutomation(manifest);
  const { path, query } = appPath(manifest);
  const there = await known(client, manifest);
  if (there === "taken")
    return context.print(`${context.out.symbols.done} ${application} is Holdfast's already`);
  if (there === "other")
    throw new CliError(EXIT.conflict, `${application}: the daemon has another application of this name.`, [
      `Look at it with: holdfast app get ${application}`,
    ]);
  await client.send("POST", "/api/v1/applications", { query: { upsert: "true" }, body: trial });
  const said = await client.get<Application>(path, { ...query, refresh: "normal" });
  const [now] = (await takeable(context, options)).filter((each) => each.application === application);
  const against = [
    ...(syncOf(said) === expected
      ? []
      : [
          `the daemon says ${syncOf(said)}, and the look said ${expected}${because(said)}: its config is another one than Argo CD's`,
        ]),
    ...(now === undefined
      ? ["Argo CD has it no more"]
      : now.letsGo.is === "no"
        ? [now.letsGo.why]
        : now.manifest !== undefined && equalJson(now.manifest, manifest)
          ? []
          : ["it was edited while it was looked at"]),
  ];
  if (against.length > 0) {
    await client.send("DELETE", path, { query: { ...query, cascade: "false" } });
    throw new CliError(EXIT.conflict, `${application} stays with Argo CD: ${against.join("; ")}.`, [
      "Nothing was written to any cluster.",
    ]);
  }
  await client.send("PUT", path, { query, body: asManifest(manifest) });
  const by = now?.letsGo.is === "yes" ? now.letsGo.by : "";
  context.print(
    `${context.out.symbols.done} ${application} is Holdfast's now (${expected}). Argo CD leaves it: ${by}`,
  );
}

/** Lets go of applications, for an Argo CD that still has them: nothing in a cluster is touched. */
export async function adoptUndo(
  context: CliContext,
  names: readonly string[],
  options: AdoptOptions,
): Promise<ExitCode> {
  if ((options.all === true) === names.length > 0)
    throw new CliError(EXIT.usage, "Name applications, or say --all, and not both.");
  const client = await context.client();
  const theirs = new Map((await takeable(context, options)).map((each) => [each.application, each]));
  const ours =
    options.all === true
      ? ((await client.get<{ items?: Application[] | null }>("/api/v1/applications")).items ?? [])
      : await Promise.all(names.map((name) => named(client, name, options)));
  const both = ours.filter((app) => options.all !== true || theirs.has(keyOf(app)));
  const places = await Promise.all(both.map((app) => originOf(client, app)));
  // Where a cluster is the home, both have the same object: to delete ours is to delete Argo CD's.
  const isMade = (at: number): boolean => places[at] === "api";
  refuse(
    options.all === true
      ? []
      : both.flatMap((app, at) =>
          isMade(at)
            ? []
            : [
                `${keyOf(app)}: it was not taken by adopt --take, it ${WRITTEN[places[at] ?? ""] ?? "lives elsewhere"}`,
              ],
        ),
  );
  const back = both.filter((_, at) => isMade(at));
  refuse(
    back
      .filter((app) => !theirs.has(keyOf(app)))
      .map(
        (app) =>
          `${keyOf(app)}: Argo CD has no such application, so nobody would have it. To let go of it all the same: holdfast app forget ${nameOf(app)}`,
      ),
  );
  refuse(
    back.flatMap((app) =>
      theirs.get(keyOf(app))?.deletingSince === undefined
        ? []
        : [
            `${keyOf(app)}: Argo CD's is being deleted, and would take every object along. Take its finalizer away first`,
          ],
    ),
  );
  if (back.length === 0) {
    context.note("None of the daemon's applications was taken from Argo CD.");
    return EXIT.done;
  }
  const code = await appForget(context, back.map(keyOf), defined({ yes: options.yes }));
  context.note(
    `${count(back.length, "application")} can be Argo CD's again: take its mark away (kubectl annotate applications.argoproj.io NAME -n ${options.namespace} argocd.argoproj.io/skip-reconcile-), or scale its application controller up.`,
  );
  return code;
}

function takeable(context: CliContext, options: AdoptOptions): Promise<TakeableApplication[]> {
  const { namespace, context: named, kubeconfig } = options;
  return context.host.verbs.takeable({
    namespace,
    signal: context.signal,
    ...defined({ context: named, kubeconfig }),
  });
}

function whyNotTaken({ application, letsGo, manifest }: TakeableApplication): string[] {
  if (manifest === undefined) return [`${application}: its manifest cannot be read; holdfast adopt says why`];
  return letsGo.is === "yes" ? [] : [`${application}: ${letsGo.why}. ${letsGo.fix}`];
}

/** @throws {CliError} conflict, with all of them */
function refuse(reasonsAgainst: readonly string[]): void {
  if (reasonsAgainst.length > 0)
    throw new CliError(EXIT.conflict, "Nothing was done, and nothing was written.", reasonsAgainst);
}

/** Whether the daemon has it already; `begun`: as a take that was cut off left it. */
async function known(client: Client, manifest: Application): Promise<"none" | "begun" | "taken" | "other"> {
  const { items } = await client.get<{ items?: Application[] | null }>("/api/v1/applications", {
    name: manifest.metadata.name,
    appNamespace: manifest.metadata.namespace,
  });
  const there = (items ?? []).find((app) => keyOf(app) === keyOf(manifest));
  if (there === undefined) return "none";
  if ((await originOf(client, there)) !== "api") return "other";
  if (equalJson(manifest.spec, there.spec)) return "taken";
  return equalJson(withoutAutomation(manifest).spec, there.spec) ? "begun" : "other";
}

async function originOf(client: Client, app: Application): Promise<string> {
  return (await client.get<{ origin: { from: string } }>(ownPath(app))).origin.from;
}

const WRITTEN: Readonly<Record<string, string>> = {
  file: "is written in a file",
  parent: "is rendered by another application",
  cluster:
    "is the very object that Argo CD has: to give it back, stop the daemon, and have Argo CD's controller run",
};

function withoutAutomation(app: Application): Application {
  const { syncPolicy, ...spec } = app.spec;
  if (syncPolicy?.automated === undefined) return app;
  const { automated: _, ...policy } = syncPolicy;
  return { ...app, spec: { ...spec, syncPolicy: policy } };
}

function because(app: Application): string {
  const [first] = reasons(app);
  return first === undefined ? "" : ` (${first.text})`;
}

async function named(client: Client, name: string, { namespace }: AdoptOptions): Promise<Application> {
  const [within, short] = name.includes("/") ? (name.split("/", 2) as [string, string]) : [namespace, name];
  return client.get<Application>(`/api/v1/applications/${encodeURIComponent(short)}`, {
    appNamespace: within,
  });
}

function keyOf({ metadata }: Application): string {
  return `${metadata.namespace}/${metadata.name}`;
}
