import { ago } from "../../lib/ago.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printJsonList, printYamlDocuments } from "../print-object.ts";
import { table } from "../terminal/table.ts";

export interface WebhookListOptions {
  output?: "json" | "yaml" | "wide";
}

interface Webhooks {
  path: string;
  url?: string;
  unsigned: "hint" | "refuse";
  providers: { name: string; hasSecret: boolean }[];
  deliveries: {
    at: string;
    provider: string;
    event: string;
    id: string;
    about: string;
    outcome: string;
    why: string;
    proof: string;
    from: string;
  }[];
}

/** What Git servers and registries sent lately and what became of it, the newest first; and who has to prove himself. */
export async function webhookList(context: CliContext, { output }: WebhookListOptions): Promise<ExitCode> {
  const found = await (await context.client()).get<Webhooks>("/api/holdfast/v1/webhooks");
  const { deliveries, ...about } = found;
  if (output === "json") {
    printJsonList(context, "WebhookDeliveryList", { items: deliveries, ...about });
    return EXIT.done;
  }
  if (output === "yaml") {
    printYamlDocuments(context, [found]);
    return EXIT.done;
  }
  const rows = deliveries.map((each) => [
    ...[ago(each.at, context.now()), each.provider, each.event, each.about, each.outcome, each.proof],
    ...[each.from, each.why],
  ]);
  const columns = [
    { head: "CAME" },
    { head: "PROVIDER" },
    { head: "EVENT", hides: 3 },
    { head: "ABOUT", least: 16, shrinks: 2 },
    { head: "OUTCOME" },
    { head: "PROOF", hides: 2 },
    { head: "FROM", hides: 1 },
    { head: "WHY", least: 16, shrinks: 1 },
  ];
  if (rows.length > 0)
    context.print(table(context.out, columns, rows, { fit: output === "wide" ? "whole" : "terminal" }));
  else context.note("Nothing was delivered since the daemon started.");
  const signed = found.providers.filter(({ hasSecret }) => hasSecret).map(({ name }) => name);
  context.note(`Deliveries are taken at ${found.url ?? found.path}.`);
  context.note(
    `${signed.length === 0 ? "No provider has a secret" : `Secrets are set for ${signed.join(", ")}`}; an unsigned delivery of ${signed.length === 0 ? "anybody" : "others"} is ${found.unsigned === "hint" ? "a hint, and no more" : "refused"}.`,
  );
  return EXIT.done;
}
