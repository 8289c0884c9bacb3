import { confirm } from "../confirm.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { CERTIFICATES, type CertificateItem, sshItems, tlsItem } from "../given-certificates.ts";
import { printJsonList, printYamlDocuments } from "../print-object.ts";
import { readInput } from "../read-input.ts";
import { table } from "../terminal/table.ts";
import { count } from "../words/count.ts";
import { sayKeptIn } from "../words/repo-rows.ts";

export type CertOutput = "json" | "yaml" | "wide";

export interface CertListOptions {
  hostnamePattern?: string;
  certType?: "ssh" | "https";
  output?: CertOutput;
}

export interface CertAddOptions {
  from?: string;
  upsert?: true;
  output?: "json";
}

export interface CertRmOptions {
  certType?: "ssh" | "https";
  certSubType?: string;
  yes?: true;
}

export async function certList(
  context: CliContext,
  { hostnamePattern, certType, output }: CertListOptions,
): Promise<ExitCode> {
  const { items } = await (await context.client()).get<{ items: CertificateItem[] }>(CERTIFICATES, {
    hostNamePattern: hostnamePattern,
    certType,
  });
  if (output === "json") printJsonList(context, "RepositoryCertificateList", { items });
  else if (output === "yaml") printYamlDocuments(context, [items]);
  else {
    const columns = [
      { head: "HOST", least: 16, shrinks: 2 },
      { head: "TYPE" },
      { head: "KEY" },
      { head: "KEPT IN", hides: 1 },
      { head: "WHAT", least: 16, shrinks: 1 },
    ];
    const rows = items.map(({ serverName, certType: type, certSubType, certInfo = "", holdfast }) => [
      ...[serverName, type, certSubType, holdfast?.keptIn ?? "", certInfo],
    ]);
    context.print(table(context.out, columns, rows, { fit: output === "wide" ? "whole" : "terminal" }));
  }
  return EXIT.done;
}

export async function certAddTls(
  context: CliContext,
  host: string,
  { from = "-", ...how }: CertAddOptions,
): Promise<ExitCode> {
  const item = tlsItem(host, await readInput(context, from), said(from));
  const items = await send(context, [item], how);
  if (how.output === "json") printJsonList(context, "RepositoryCertificateList", { items });
  else
    context.print(
      `${context.out.symbols.done} ${count(items.length, "certificate")} of ${host} ${items.length === 1 ? "is" : "are"} kept ${where(items)}.`,
    );
  return EXIT.done;
}

export async function certAddSsh(
  context: CliContext,
  { from = "-", ...how }: CertAddOptions,
): Promise<ExitCode> {
  const items = await send(context, sshItems(await readInput(context, from), said(from)), how);
  const hosts = [...new Set(items.map(({ serverName }) => serverName))];
  if (how.output === "json") printJsonList(context, "RepositoryCertificateList", { items });
  else
    context.print(
      `${context.out.symbols.done} ${count(items.length, "key")} of ${hosts.join(", ")} ${items.length === 1 ? "is" : "are"} kept ${where(items)}.`,
    );
  return EXIT.done;
}

/** What it would take is shown first: a pattern takes more than one thinks. */
export async function certRm(
  context: CliContext,
  hostNamePattern: string,
  { certType, certSubType, yes }: CertRmOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const query = { hostNamePattern, certType, certSubType };
  const { items } = await client.get<{ items: CertificateItem[] }>(CERTIFICATES, query);
  const going = items.filter(({ holdfast }) => holdfast?.keptIn !== "config");
  if (going.length < items.length)
    context.note(
      `${count(items.length - going.length, "certificate or key", "certificates or keys")} of entries of repositories stay: they are changed in the config.`,
    );
  if (going.length === 0) {
    context.note(`Nothing is kept for ${hostNamePattern}.`);
    return EXIT.done;
  }
  for (const { serverName, certType: type, certSubType: key, certInfo = "" } of going)
    context.note(`${serverName}  ${type}  ${key}  ${certInfo}`);
  if (
    yes !== true &&
    !(await confirm(context, `Remove ${going.length === 1 ? "it" : `these ${going.length}`}?`))
  ) {
    context.note("Nothing is removed.");
    return EXIT.done;
  }
  const removed = await client.send<{ items: CertificateItem[] }>("DELETE", CERTIFICATES, { query });
  context.print(
    `${context.out.symbols.done} ${count(removed.items.length, "certificate or key", "certificates or keys")} of ${hostNamePattern} ${removed.items.length === 1 ? "is" : "are"} removed.`,
  );
  return EXIT.done;
}

async function send(
  context: CliContext,
  items: readonly CertificateItem[],
  { upsert }: Pick<CertAddOptions, "upsert">,
): Promise<CertificateItem[]> {
  const answer = await (await context.client()).send<{ items: CertificateItem[] }>("POST", CERTIFICATES, {
    query: { upsert: upsert === true ? "true" : undefined },
    body: { items },
  });
  return answer.items;
}

function said(from: string): string {
  return from === "-" ? "Standard input" : from;
}

function where(items: readonly CertificateItem[]): string {
  return sayKeptIn(items[0]?.holdfast?.keptIn);
}
