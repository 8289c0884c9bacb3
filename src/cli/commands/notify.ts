import { ago } from "../../lib/ago.ts";
import { defined } from "../../lib/defined.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printJsonList, printYamlDocuments } from "../print-object.ts";
import { oneApp } from "../select-apps.ts";
import { table } from "../terminal/table.ts";
import { nameOf } from "../words/app-words.ts";

const PATH = "/api/holdfast/v1/notifications";

export interface NotifyListOptions {
  output?: "json" | "yaml" | "wide";
  all?: boolean;
}
export interface NotifyPreviewOptions {
  output?: "json" | "yaml";
  service?: string;
  recipient?: string;
}

interface Item {
  number: number;
  service: string;
  recipient: string;
  trigger: string;
  title: string;
  state: string;
  at: string;
  tries: number;
  failure?: string;
  ended?: string;
}
interface Listed {
  services: { name: string; type: string; state: string; problems: { text: string; fix?: string }[] }[];
  destinations: { service: string; recipient: string; waiting: number; state: string; why?: string }[];
  deliveries: Item[];
  dead: Item[];
  counts: Record<string, number>;
}
interface Previewed {
  service: string;
  recipient: string;
  trigger: string;
  title: string;
  why?: string;
  facts?: { label: string; text: string; href?: string }[];
  next?: string;
  link?: string;
  requests: { to: string; headers: Record<string, string>; body: string }[];
  nothing?: string;
}

/** What could not be sent and was given up, or all that was sent lately, the newest first; and where something waits. */
export async function notifyList(context: CliContext, { output, all }: NotifyListOptions): Promise<ExitCode> {
  const found = await (await context.client()).get<Listed>(PATH);
  const items = all === true ? newestFirst([...found.deliveries, ...found.dead]) : found.dead;
  if (output === "json") {
    printJsonList(context, "NotificationList", { ...found, items });
    return EXIT.done;
  }
  if (output === "yaml") {
    printYamlDocuments(context, [{ ...found, items }]);
    return EXIT.done;
  }
  const rows = items.map((each) => [
    ...[String(each.number), ago(each.at, context.now()), each.state, called(each), each.title],
    ...[String(each.tries), each.failure ?? ""],
  ]);
  const columns = [
    { head: "NUMBER" },
    { head: "HAPPENED" },
    { head: "STATE" },
    { head: "TO", least: 12, shrinks: 3 },
    { head: "WHAT", least: 20, shrinks: 2 },
    { head: "TRIES", hides: 1 },
    { head: "WHY", least: 16, shrinks: 1 },
  ];
  if (rows.length > 0)
    context.print(table(context.out, columns, rows, { fit: output === "wide" ? "whole" : "terminal" }));
  else if (found.services.length === 0)
    context.note("No service is configured, so nobody is told: write one into notifications.services.");
  else
    context.note(
      all === true
        ? "Nobody was told of an event yet. What `holdfast notify test` sends is not kept."
        : "Nothing was given up.",
    );
  for (const { problems } of found.services)
    for (const { text, fix } of problems) context.note(`${text}${fix === undefined ? "" : `. ${fix}`}.`);
  for (const one of found.destinations)
    context.note(
      `${called(one)}: ${one.waiting} ${one.waiting === 1 ? "waits" : "wait"}${one.why === undefined ? "" : `: ${one.why}`}.`,
    );
  if (found.dead.length > 0) context.note("holdfast notify resend NUMBER… tries them again.");
  return EXIT.done;
}

/** Sends one message now, and says what was answered. */
export async function notifyTest(
  context: CliContext,
  service: string,
  recipient: string | undefined,
): Promise<ExitCode> {
  const { sent, said } = await (await context.client()).send<{ sent: boolean; said: string }>(
    "POST",
    `${PATH}/test`,
    { body: { service, ...defined({ recipient }) } },
  );
  const to = called({ service, recipient: recipient ?? "" });
  if (sent) {
    context.note(`✓ A test message was taken by ${to}.`);
    return EXIT.done;
  }
  context.note(`✗ ${to}: ${said}.`);
  return EXIT.unreachable;
}

/** What an event would send, without sending it. */
export async function notifyPreview(
  context: CliContext,
  app: string,
  trigger: string,
  { output, service, recipient }: NotifyPreviewOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const found = nameOf(await oneApp(client, app));
  const { items } = await client.send<{ items: Previewed[] }>("POST", `${PATH}/preview`, {
    body: {
      ...{ app: found, trigger: trigger.startsWith("on-") ? trigger : `on-${trigger}` },
      ...defined({ service }),
      ...defined({ recipient }),
    },
  });
  if (output === "json") {
    printJsonList(context, "NotificationPreviewList", { items });
    return EXIT.done;
  }
  if (output === "yaml") {
    printYamlDocuments(context, items);
    return EXIT.done;
  }
  if (items.length === 0) context.note("Nobody is told of it: no subscription wants it.");
  for (const one of items) {
    context.print(one.service === "" ? one.title : `${called(one)}: ${one.title}`);
    if (one.service === "") context.print(reading(one));
    if (one.nothing !== undefined) context.print(`  nothing is sent: ${one.nothing}`);
    for (const { to, headers, body } of one.requests) {
      context.print(`  ${to}`);
      for (const [name, value] of Object.entries(headers)) context.print(`  ${name}: ${value}`);
      context.print(readable(body).replace(/^/gm, "  "));
    }
  }
  return EXIT.done;
}

/** What was given up is tried again. */
export async function notifyResend(
  context: CliContext,
  numbers: readonly number[] | "all",
): Promise<ExitCode> {
  const { resent } = await (await context.client()).send<{ resent: number }>("POST", `${PATH}/resend`, {
    body: numbers === "all" ? {} : { numbers },
  });
  context.note(`${resent} ${resent === 1 ? "message is" : "messages are"} tried again.`);
  return EXIT.done;
}

function called({ service, recipient }: { service: string; recipient: string }): string {
  return recipient === "" ? service : `${service}:${recipient}`;
}

/** What every service is told, as each writes it its own way. */
function reading({ why, facts = [], next, link }: Previewed): string[] {
  const lines = [why, ...facts.map(({ label, text }) => `${label}: ${text}`), next, link];
  return lines.flatMap((line) => (line === undefined || line === "" ? [] : [line.replace(/^/gm, "  ")]));
}

function newestFirst(items: readonly Item[]): Item[] {
  return [...items].sort((a, b) => b.number - a.number);
}

function readable(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
