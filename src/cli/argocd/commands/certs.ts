/** Certificates and keys of hosts, by Argo CD's API paths and in its words. */
import { CliError } from "../../cli-error.ts";
import { EXIT } from "../../exit-codes.ts";
import { CERTIFICATES, type CertificateItem, sshItems, tlsItem } from "../../given-certificates.ts";
import { printJson, printYamlDocuments } from "../../print-object.ts";
import { readInput } from "../../read-input.ts";
import type { ArgoContext } from "../argo-context.ts";
import { ARGO_EXIT } from "../exit-codes.ts";
import { tabTable } from "../words/tab-table.ts";

export interface CertAddOptions {
  from?: string;
  upsert?: boolean;
}

export interface CertListOptions {
  certType?: string;
  hostnamePattern?: string;
  sort?: string;
  output?: "json" | "yaml" | "wide";
}

export async function certAddTls(
  context: ArgoContext,
  server: string,
  { from, upsert }: CertAddOptions,
): Promise<number> {
  context.print(
    from === undefined
      ? "Enter TLS certificate data in PEM format. Press CTRL-D when finished."
      : `Reading TLS certificate data in PEM format from '${from}'`,
  );
  const item = tlsItem(server, await readInput(context, from ?? "-"), from ?? "Standard input");
  const items = await send(context, [item], upsert);
  context.print(`Created entry with ${items.length} PEM certificates for repository server ${server}`);
  return ARGO_EXIT.done;
}

export async function certAddSsh(
  context: ArgoContext,
  { from, upsert, batch }: CertAddOptions & { batch?: boolean },
): Promise<number> {
  if (batch !== true)
    throw new CliError(
      EXIT.usage,
      "You need to specify --batch or specify --help for usage instructions",
      [],
    );
  context.print(
    from === undefined
      ? "Enter SSH known hosts entries, one per line. Press CTRL-D when finished."
      : `Reading SSH known hosts entries from file '${from}'`,
  );
  const items = sshItems(await readInput(context, from ?? "-"), from ?? "Standard input");
  const made = await send(context, items, upsert);
  context.print(`Successfully created ${made.length} SSH known host entries`);
  return ARGO_EXIT.done;
}

export async function certRemove(
  context: ArgoContext,
  server: string,
  { certType, certSubType }: { certType?: string; certSubType?: string },
): Promise<number> {
  if (server === "*")
    throw new CliError(EXIT.usage, "A single wildcard is not allowed as REPOSERVER name.", []);
  const { items } = await (await context.client()).send<{ items: CertificateItem[] | null }>(
    "DELETE",
    CERTIFICATES,
    { query: { hostNamePattern: server, certType: typeOf(certType), certSubType } },
  );
  const removed = items ?? [];
  context.print(
    removed.length === 0
      ? "No certificates were removed (none matched the given pattern)"
      : removed.map(
          (one) =>
            `Removed cert for '${one.serverName}' of type '${one.certType}' (subtype '${one.certSubType}')`,
        ),
  );
  return ARGO_EXIT.done;
}

export async function certList(
  context: ArgoContext,
  { certType, hostnamePattern, sort = "hostname", output }: CertListOptions,
): Promise<number> {
  const { items } = await (await context.client()).get<{ items: CertificateItem[] | null }>(CERTIFICATES, {
    hostNamePattern: hostnamePattern,
    certType: typeOf(certType),
  });
  const by = ({ serverName, certType: type, certSubType }: CertificateItem): string =>
    (sort === "type" ? [type, serverName, certSubType] : [serverName, type, certSubType]).join("\0");
  const certificates = [...(items ?? [])].sort((a, b) => (by(a) < by(b) ? -1 : 1));
  if (output === "json") printJson(context, certificates);
  else if (output === "yaml") printYamlDocuments(context, [certificates]);
  else
    context.print(
      tabTable([
        ["HOSTNAME", "TYPE", "SUBTYPE", "INFO"],
        ...certificates.map((one) => [one.serverName, one.certType, one.certSubType, one.certInfo ?? ""]),
      ]),
    );
  return ARGO_EXIT.done;
}

function typeOf(certType: string | undefined): string | undefined {
  if (certType === undefined || certType === "" || certType === "ssh" || certType === "https")
    return certType === "" ? undefined : certType;
  throw new CliError(EXIT.usage, "cert-type must be either ssh or https", []);
}

async function send(
  context: ArgoContext,
  items: readonly CertificateItem[],
  upsert: boolean | undefined,
): Promise<CertificateItem[]> {
  const answer = await (await context.client()).send<{ items: CertificateItem[] | null }>(
    "POST",
    CERTIFICATES,
    { query: { upsert: upsert === true ? "true" : undefined }, body: { items } },
  );
  return answer.items ?? [];
}
