import type { Application } from "../../core/model/application.ts";
import { appPath } from "../app-path.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { CLI_VERSION, printJsonList, printYamlDocuments } from "../print-object.ts";
import { chosenApps, listApps, type SelectionOptions } from "../select-apps.ts";
import { plainText } from "../terminal/plain-text.ts";
import { table } from "../terminal/table.ts";
import { destinationOf, nameOf } from "../words/app-words.ts";
import { count } from "../words/count.ts";
import { EVENT_COLUMNS, eventRow, type KubeEvent, lastOf } from "../words/event-rows.ts";

export interface EventsOptions extends SelectionOptions {
  watch?: true;
  output?: "json" | "yaml" | "wide";
}

/** Each is a question to a cluster. */
const MOST_APPS = 200;
const AT_ONCE = 8;
const EVERY_MS = 2_000;

interface OfApp {
  app: Application;
  event: KubeEvent;
}

/** What Kubernetes tells of the objects of several applications, without a name of all that one sees; the newest last. */
export async function events(
  context: CliContext,
  names: readonly string[],
  { watch, output, ...chosen }: EventsOptions,
): Promise<ExitCode> {
  if (watch === true && output === "yaml")
    throw new CliError(EXIT.usage, "What is followed is no list of YAML.", ["Use -o json, a line each."]);
  const client = await context.client();
  const isChosen = names.length > 0 || Object.values(chosen).some((flag) => flag !== undefined);
  const apps = isChosen ? await chosenApps(client, names, chosen) : await listApps(client, {});
  if (apps.length > MOST_APPS)
    throw new CliError(
      EXIT.usage,
      `${count(apps.length, "application")} are meant, and a cluster is asked for each: ${MOST_APPS} are the most.`,
      ["Name some, or choose with --selector, --project or --query."],
    );
  const said = new Set<string>();
  const say = (text: string): void => {
    // Whoever follows is told once of a cluster that does not answer.
    if (!said.has(text)) context.note(text);
    said.add(text);
  };
  const found = await eventsOf(client, apps, say);
  if (watch === true) return follow(context, client, { apps, found, output, say });
  const shown = found.map(({ app, event }) => ({ application: nameOf(app), event }));
  if (output === "json") printJsonList(context, "ApplicationEventList", { items: shown });
  else if (output === "yaml") printYamlDocuments(context, [shown]);
  else if (found.length === 0)
    context.note(
      `Kubernetes has no events of ${count(apps.length, "application")}: it keeps them for an hour.`,
    );
  else printRows(context, found, output === "wide" ? "whole" : "terminal");
  return EXIT.done;
}

/**
 * @param say of an application that could not be asked; the others are told all the same
 * @throws {CliError} what the last of them failed with, where all of them did
 */
async function eventsOf(
  client: Client,
  apps: readonly Application[],
  say: (text: string) => void,
): Promise<OfApp[]> {
  const found: OfApp[] = [];
  let failed = 0;
  for (let at = 0; at < apps.length; at += AT_ONCE)
    await Promise.all(
      apps.slice(at, at + AT_ONCE).map(async (app) => {
        const { path, query } = appPath(app, "/events");
        try {
          const { items } = await client.get<{ items: KubeEvent[] }>(path, query);
          found.push(...items.map((event) => ({ app, event })));
        } catch (cause) {
          failed += 1;
          if (!(cause instanceof CliError) || failed === apps.length) throw cause;
          say(`${nameOf(app)}: ${plainText(cause.message)}`);
        }
      }),
    );
  // Answers come in any order; what happened at one time is told by name.
  const key = ({ app, event }: OfApp): string => `${lastOf(event)} ${nameOf(app)} ${event.metadata.name}`;
  return found
    .map((one) => [key(one), one] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)))
    .map(([, one]) => one);
}

interface Following {
  apps: readonly Application[];
  found: OfApp[];
  output: EventsOptions["output"];
  say(text: string): void;
}

/** What is there, and what comes: each once, and again when it happened again. */
async function follow(
  context: CliContext,
  client: Client,
  { apps, found, output, say }: Following,
): Promise<ExitCode> {
  const { signal } = context;
  let told = new Set<string>();
  let heads: "shown" | "none" = "shown";
  for (let now = found; ; ) {
    const news = now.filter((one) => !told.has(markOf(one)));
    // What Kubernetes keeps no more is forgotten here too.
    told = new Set(now.map(markOf));
    if (output === "json")
      for (const { app, event } of news)
        context.print(
          JSON.stringify({
            ...{ apiVersion: CLI_VERSION, kind: "KubernetesEvent", application: nameOf(app), event },
          }),
        );
    else if (news.length > 0) {
      printRows(context, news, output === "wide" ? "whole" : "terminal", heads);
      heads = "none";
    }
    await context.host.stdout.flush?.();
    await pause(EVERY_MS, signal);
    if (signal.aborted) return EXIT.interrupted;
    try {
      now = await eventsOf(client, apps, say);
    } catch (cause) {
      if (signal.aborted) return EXIT.interrupted;
      if (!(cause instanceof CliError) || cause.code === EXIT.denied) throw cause;
      say(plainText(cause.message));
    }
  }
}

function markOf({ app, event }: OfApp): string {
  const { uid = "", namespace = "", name } = event.metadata;
  const many = event.series?.count ?? event.count ?? 1;
  return [nameOf(app), uid, namespace, name, many, lastOf(event)].join(" ");
}

function printRows(
  context: CliContext,
  found: readonly OfApp[],
  fit: "whole" | "terminal",
  heads: "shown" | "none" = "shown",
): void {
  const rows = found.map(({ app, event }) => {
    const [last = "", ...rest] = eventRow(event, destinationOf(app).namespace, context.now());
    return [last, nameOf(app), ...rest];
  });
  const [last, ...others] = EVENT_COLUMNS;
  const columns = [
    ...(last === undefined ? [] : [last]),
    { head: "APPLICATION", least: 10, shrinks: 4 },
    ...others,
  ];
  context.print(table(context.out, columns, rows, { fit, heads }));
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  signal.addEventListener("abort", () => resolve(), { once: true });
  await promise.finally(() => clearTimeout(timer));
}
