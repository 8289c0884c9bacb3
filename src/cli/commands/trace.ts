import type { ChangeAbout } from "../../core/model/commit-about.ts";
import { changeAt, type ToldHistory } from "../../core/model/commit-lines.ts";
import { type ObjectRef, show } from "../../core/model/object-ref.ts";
import type { TraceAnswer, TracedObject, WritingRun } from "../../core/model/trace-answer.ts";
import { ago } from "../../lib/ago.ts";
import { defined } from "../../lib/defined.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { CLI_VERSION, printJsonList, printYamlDocuments } from "../print-object.ts";
import { plainText } from "../terminal/plain-text.ts";
import { type Cell, painted } from "../terminal/terminal.ts";
import { shortRevision } from "../words/app-words.ts";
import { aboutRevision, type CommitFacts } from "../words/commit-words.ts";
import { type Origin, writtenIn } from "../words/written-in.ts";

export interface TraceOptions {
  namespace?: string;
  cluster?: string;
  output?: "json" | "yaml";
}

/** kubectl's short names of what is looked for most. Source: `kubectl api-resources`. */
const SHORT: Readonly<Record<string, string>> = {
  cj: "CronJob",
  cm: "ConfigMap",
  crd: "CustomResourceDefinition",
  deploy: "Deployment",
  ds: "DaemonSet",
  hpa: "HorizontalPodAutoscaler",
  ing: "Ingress",
  netpol: "NetworkPolicy",
  ns: "Namespace",
  pdb: "PodDisruptionBudget",
  po: "Pod",
  pv: "PersistentVolume",
  pvc: "PersistentVolumeClaim",
  rs: "ReplicaSet",
  sa: "ServiceAccount",
  sts: "StatefulSet",
  svc: "Service",
};

interface Told extends TracedObject {
  /** Where the application itself is written. */
  origin?: Origin;
  /** Of the run, or of what Git is at where no run is on record. */
  commit?: CommitFacts;
  /** Which commit changed the application last, as of that revision. */
  changed?: ChangeAbout;
}

/** Which application an object is of, where Git writes it, and what wrote it for whom. */
export async function trace(
  context: CliContext,
  object: string,
  { namespace, cluster, output }: TraceOptions,
): Promise<ExitCode> {
  const asked = objectOf(object);
  const client = await context.client();
  const { items, reasons } = await client.get<TraceAnswer>("/api/holdfast/v1/trace", {
    ...asked,
    namespace,
    cluster,
  });
  const told: Told[] = [];
  for (const item of items) told.push(await withMore(client, item));
  if (output === "json") printJsonList(context, "Trace", { items: told, reasons });
  else if (output === "yaml")
    printYamlDocuments(context, [{ apiVersion: CLI_VERSION, kind: "Trace", items: told, reasons }]);
  else context.print(told.flatMap((item, at) => [...(at === 0 ? [] : [""]), ...lines(context, item)]));
  if (told.length > 0) return EXIT.done;
  const place = [
    ...(namespace === undefined ? [] : [`in namespace ${namespace}`]),
    ...(cluster === undefined ? [] : [`on ${cluster}`]),
  ];
  throw new CliError(
    EXIT.notFound,
    `No application that you may see has ${[`${asked.kind}/${asked.name}`, ...place].join(" ")}.`,
    reasons.length > 0
      ? reasons
      : ["Who set its fields, its own record says: kubectl get KIND NAME -o yaml --show-managed-fields"],
  );
}

/** `Pod/web-x`, `deployments.apps/web`, `deploy/web`. @throws {CliError} usage */
function objectOf(text: string): { kind: string; name: string; group?: string } {
  const slash = text.indexOf("/");
  const [word, name] = [text.slice(0, Math.max(0, slash)), text.slice(slash + 1)];
  if (word === "" || name === "" || name.includes("/"))
    throw new CliError(EXIT.usage, `${text} names no object.`, [
      "Write KIND/NAME, such as Pod/web-5d4-x or deploy/web, and its namespace with -n.",
    ]);
  const dot = word.indexOf(".");
  const kind = dot < 0 ? word : word.slice(0, dot);
  return {
    kind: SHORT[kind] ?? kind,
    name,
    ...defined({ group: dot < 0 ? undefined : word.slice(dot + 1) }),
  };
}

async function withMore(client: Client, item: TracedObject): Promise<Told> {
  const [namespace = "", name = ""] = item.application.split("/").map(encodeURIComponent);
  const told = await orNothing(
    client.get<{ origin?: Origin }>(`/api/holdfast/v1/applications/${namespace}/${name}`),
  );
  const revision = item.run?.revision ?? item.revision ?? "";
  // A version of a chart is no commit.
  const commit = /^[0-9a-f]{40,64}$/.test(revision)
    ? await orNothing(
        client.get<CommitFacts>(`/api/v1/applications/${name}/revisions/${revision}/metadata`, {
          appNamespace: namespace,
        }),
      )
    : undefined;
  const history =
    commit &&
    (await orNothing(client.get<ToldHistory>(`/api/holdfast/v1/applications/${namespace}/${name}/history`)));
  const changed = history && changeAt(history, revision);
  return { ...item, ...defined({ origin: told?.origin, commit, changed }) };
}

/** A repository may not answer, and an application may have gone meanwhile: the rest is told all the same. */
async function orNothing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (cause) {
    if (cause instanceof CliError && cause.code !== EXIT.interrupted) return undefined;
    throw cause;
  }
}

function lines({ out, now }: CliContext, item: Told): string[] {
  const { chain, application, written, run } = item;
  const own = chain[chain.length - 1] as ObjectRef;
  const [asked, ...above] = chain as [ObjectRef, ...ObjectRef[]];
  const revision = run?.revision ?? item.revision;
  const facts: (readonly [string, ...Cell[]])[] = [
    ["Object", show(asked)],
    ...(above.length === 0
      ? []
      : [["Made by", above.map(({ kind, name }) => `${kind}/${name}`).join(", of ")] as const]),
    ["Application", application],
    ["Written in", item.origin === undefined ? "" : writtenIn(item.origin)],
    ["Project", item.project],
    ["Cluster", item.cluster],
    ...(item.sync === undefined ? [] : [["Sync", out.state(item.sync)] as const]),
    ...(item.health === undefined ? [] : [["Health", out.state(item.health)] as const]),
    ["Repository", written?.repository ?? ""],
    [
      "File",
      written === undefined ? `none: Git does not write ${show(own)}` : `${written.file}:${written.line}`,
    ],
    [
      "Commit",
      revision === undefined
        ? ""
        : `${shortRevision(revision)}${aboutRevision(revision, item.changed, item.commit, now())}`,
    ],
    ...(run?.revision !== undefined && item.revision !== undefined && run.revision !== item.revision
      ? [["Git is at", shortRevision(item.revision)] as const]
      : []),
    ["Run", run === undefined ? `none on record wrote ${show(own)}` : runWords(run, now())],
    ...(run === undefined ? [] : [["Did", run.did] as const]),
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  return facts.flatMap(([name, ...cells]) => {
    const said = cells.filter((cell) => cell !== "");
    return said.length === 0
      ? []
      : [
          [
            out.paint("dim", name.padEnd(width)),
            ...said.map((cell) => painted(out, typeof cell === "string" ? plainText(cell) : cell)),
          ].join("   "),
        ];
  });
}

function runWords({ id, cause, phase, startedAt, finishedAt, by }: WritingRun, nowMs: number): string {
  const who = by === undefined ? "by the application's own policy" : `asked for by ${by}`;
  return `${id}, ${cause}, ${who}, ${phase} ${ago(finishedAt ?? startedAt, nowMs)}`;
}
