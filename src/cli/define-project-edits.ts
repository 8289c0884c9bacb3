import type { Command } from "commander";
import type { Destination } from "../core/model/application.ts";
import type { GroupKindRule, Project, ServiceAccountRule } from "../core/model/project.ts";
import type { SyncWindow } from "../core/model/sync-window.ts";
import { defined } from "../lib/defined.ts";
import type { ProjectEditOptions } from "./commands/proj-edit.ts";
import { examples, type Start } from "./define-command.ts";
import { durationTextFlag, repeated, wholeNumberFlag } from "./parse-flags.ts";
import {
  addOrphanIgnore,
  addTo,
  changeWindow,
  isSameKind,
  type ProjectEdit,
  removeFrom,
  removeOrphanIgnore,
} from "./project/project-edits.ts";

type Edit = (project: Project) => ProjectEdit;

/** Where a project is changed, and with which flags that is said. */
export interface EditPlace {
  run(name: string, options: ProjectEditOptions, edit: Edit): Promise<void>;
  /** @param example a command line behind the program's name */
  flags(command: Command, example: string): Command;
}

/** In its file, or through the daemon. */
export function ownEditPlace(start: Start): EditPlace {
  return {
    run: (name, options, edit) =>
      start(async (context) =>
        (await import("./commands/proj-edit.ts")).projEdit(context, name, options, edit),
      ),
    flags: (command, example) =>
      command
        .option(
          "--file <file>",
          "file that it is written in, which is changed with its comments kept; default: print it",
        )
        .addHelpText("after", examples(`${example} --file projects/team.yaml`)),
  };
}

/** The names and arguments are those of `argocd proj`. */
export function defineProjectEdits(project: Command, window: Command, { run, flags }: EditPlace): void {
  const define = (under: Command, name: string, text: string, example: string): Command =>
    flags(under.command(name).description(text).argument("<project>", "its name"), example);

  defineSources(project, define, run);
  defineKinds(project, define, run);
  defineWindows(window, define, run);
}

type Define = (under: Command, name: string, text: string, example: string) => Command;
type Run = EditPlace["run"];

function defineSources(project: Command, define: Define, run: Run): void {
  const sameText = (text: string) => (other: string) => other === text;
  for (const [word, list, what, sample] of [
    ["source", "sourceRepos", "a repository, or a pattern of some", "'https://git.example.com/team/*'"],
    ["source-namespace", "sourceNamespaces", "a namespace that its applications may live in", "team-a"],
  ] as const) {
    define(project, `add-${word}`, `permit ${what}`, `project add-${word} team ${sample}`)
      .argument("<pattern>", "as the project says it")
      .action((name: string, text: string, options: ProjectEditOptions) =>
        run(name, options, (one) => addTo(one, list, text, sameText(text) as (other: never) => boolean)),
      );
    define(project, `remove-${word}`, `permit no more ${what}`, `project remove-${word} team ${sample}`)
      .argument("<pattern>", "as the project says it")
      .action((name: string, text: string, options: ProjectEditOptions) =>
        run(name, options, (one) => removeFrom(one, list, sameText(text) as (other: never) => boolean)),
      );
  }
  const place = (server: string, namespace: string, options: { name?: boolean }): Destination =>
    options.name === true ? { name: server, namespace } : { server, namespace };
  const samePlace = (to: Destination) => (other: Destination) =>
    (other.server || other.name) === (to.server || to.name) && other.namespace === to.namespace;
  for (const word of ["add", "remove"] as const)
    define(
      project,
      `${word}-destination`,
      word === "add" ? "permit a cluster and namespace" : "permit a cluster and namespace no more",
      `project ${word}-destination team https://10.0.0.1:6443 shop`,
    )
      .argument("<server>", "its address, or with --name its name")
      .argument("<namespace>", "or a pattern")
      .option("--name", "the first one is the cluster's name")
      .action(
        (name: string, server: string, namespace: string, options: ProjectEditOptions & { name?: boolean }) =>
          run(name, options, (one) => {
            const to = place(server, namespace, options);
            const same = samePlace(to) as (other: never) => boolean;
            return word === "add"
              ? addTo(one, "destinations", to, same)
              : removeFrom(one, "destinations", same);
          }),
      );
  for (const word of ["add", "remove"] as const)
    define(
      project,
      `${word}-destination-service-account`,
      word === "add"
        ? "say as which service account applications of a destination are written"
        : "say no more as which service account applications of a destination are written",
      `project ${word}-destination-service-account team https://10.0.0.1:6443 shop deployer`,
    )
      .argument("<server>", "its address, or a pattern")
      .argument("<namespace>", "or a pattern")
      .argument("<account>", "name, or namespace:name")
      .action(
        (name: string, server: string, namespace: string, account: string, options: ProjectEditOptions) =>
          run(name, options, (one) => {
            const rule: ServiceAccountRule = { server, namespace, defaultServiceAccount: account };
            const same = (other: ServiceAccountRule) =>
              other.server === server &&
              other.namespace === namespace &&
              other.defaultServiceAccount === account;
            const list = "destinationServiceAccounts";
            return word === "add"
              ? addTo(one, list, rule, same as (other: never) => boolean)
              : removeFrom(one, list, same as (other: never) => boolean);
          }),
      );
}

/** Which list a verb adds to or takes from, by what `--list` says; that of `argocd` where it says nothing. */
function defineKinds(project: Command, define: Define, run: Run): void {
  const lists = {
    cluster: { allow: "clusterResourceWhitelist", deny: "clusterResourceBlacklist" },
    namespace: { allow: "namespaceResourceWhitelist", deny: "namespaceResourceBlacklist" },
  } as const;
  for (const scope of ["cluster", "namespace"] as const)
    for (const verb of ["allow", "deny"] as const)
      define(
        project,
        `${verb}-${scope}-resource`,
        `${verb} a kind of ${scope === "cluster" ? "cluster-scoped" : "namespaced"} objects`,
        `project ${verb}-${scope}-resource team ${scope === "cluster" ? "'' Namespace" : "apps Deployment"}`,
      )
        .argument("<group>", "API group, '' for the core, or a pattern")
        .argument("<kind>", "or a pattern")
        .argument("[name]", "of cluster-scoped objects: only these")
        .option("--list <list>", "allow or deny: the list that is changed")
        .action(
          (
            name: string,
            group: string,
            kind: string,
            only: string | undefined,
            options: ProjectEditOptions & { list?: string },
          ) =>
            run(name, options, (one) => {
              const list = options.list ?? (scope === "cluster" ? "allow" : "deny");
              if (list !== "allow" && list !== "deny")
                return { is: "refused", why: "--list is allow or deny" };
              const rule: GroupKindRule = { group, kind, ...defined({ name: only }) };
              const same = ((other: GroupKindRule) => isSameKind(other, rule)) as (other: never) => boolean;
              return list === verb
                ? addTo(one, lists[scope][list], rule, same)
                : removeFrom(one, lists[scope][list], same);
            }),
        );
  for (const word of ["add", "remove"] as const)
    define(
      project,
      `${word}-orphaned-ignore`,
      word === "add" ? "call no object of a kind an orphan" : "call objects of a kind orphans again",
      `project ${word}-orphaned-ignore team '' ConfigMap`,
    )
      .argument("<group>", "API group, '' for the core, or a pattern")
      .argument("<kind>", "or a pattern")
      .option("--name <name>", "or a pattern")
      .action((name: string, group: string, kind: string, options: ProjectEditOptions & { name?: string }) =>
        run(name, options, (one) => {
          const rule = { group, kind, ...defined({ name: options.name }) };
          return word === "add" ? addOrphanIgnore(one, rule) : removeOrphanIgnore(one, rule);
        }),
      );
}

interface WindowFlags extends ProjectEditOptions {
  kind?: string;
  schedule?: string;
  duration?: string;
  applications?: string[];
  namespaces?: string[];
  clusters?: string[];
  manualSync?: boolean;
  timeZone?: string;
  useAndOperator?: boolean;
  description?: string;
}

function defineWindows(window: Command, define: Define, run: Run): void {
  const withFlags = (command: Command): Command =>
    command
      .option("-k, --kind <kind>", "allow or deny")
      .option("--schedule <cron>", "when it opens: five fields")
      .option("--duration <duration>", "how long it is open", durationTextFlag)
      .option("--applications <names>", "or patterns; may be repeated", repeated)
      .option("--namespaces <namespaces>", "or patterns; may be repeated", repeated)
      .option("--clusters <clusters>", "names, addresses or patterns; may be repeated", repeated)
      .option("--manual-sync", "a person may sync all the same")
      .option("--time-zone <zone>", "of the schedule; default UTC")
      .option("--use-and-operator", "applications, namespaces and clusters must all match")
      .option("--description <text>", "for people");
  withFlags(
    define(
      window,
      "add",
      "add a sync window",
      "project window add team -k deny --schedule '0 22 * * *' --duration 8h --applications '*'",
    ),
  ).action((name: string, options: WindowFlags) =>
    run(name, options, (one) => addTo(one, "syncWindows", fieldsOf(options), () => false)),
  );
  withFlags(
    define(window, "update", "change a sync window", "project window update team 0 --duration 4h").argument(
      "<id>",
      "as project window list counts them",
      wholeNumberFlag,
    ),
  ).action((name: string, id: number, options: WindowFlags) =>
    run(name, options, (one) => changeWindow(one, id, fieldsOf(options))),
  );
  const byId = (word: string, text: string, what: Partial<SyncWindow> | "delete"): void => {
    const command = define(window, word, text, `project window ${word} team 0`);
    if (word === "delete") command.alias("rm");
    command
      .argument("<id>", "as project window list counts them", wholeNumberFlag)
      .action((name: string, id: number, options: ProjectEditOptions) =>
        run(name, options, (one) => changeWindow(one, id, what)),
      );
  };
  byId("delete", "take a sync window out", "delete");
  byId("enable-manual-sync", "let a person sync all the same", { manualSync: true });
  byId("disable-manual-sync", "let nobody sync", { manualSync: false });
}

function fieldsOf(flags: WindowFlags): Partial<Record<keyof SyncWindow, unknown>> {
  const { kind, schedule, duration, applications, namespaces, clusters, manualSync, timeZone } = flags;
  const split = (list: string[] | undefined) => list?.flatMap((text) => text.split(","));
  return defined({
    kind,
    schedule,
    duration,
    applications: split(applications),
    namespaces: split(namespaces),
    clusters: split(clusters),
    manualSync,
    timeZone,
    andOperator: flags.useAndOperator,
    description: flags.description,
  });
}
