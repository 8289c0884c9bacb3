import type { Command } from "commander";
import type { WebhookListOptions } from "./commands/webhook.ts";
import { examples, output, type Start } from "./define-command.ts";

export function defineWebhookCommands(program: Command, start: Start): void {
  const webhook = program
    .command("webhook")
    .description("what Git servers and registries tell of pushes, at /api/webhook");
  webhook
    .command("list")
    .alias("ls")
    .description("deliveries that came lately and what became of each, and which providers have a secret")
    .addOption(output("json", "yaml", "wide"))
    .addHelpText("after", examples("webhook list", "webhook list -o json"))
    .action((options: WebhookListOptions) =>
      start(async (context) => (await import("./commands/webhook.ts")).webhookList(context, options)),
    );
}
