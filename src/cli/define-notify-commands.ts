import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { APP } from "./app-flags.ts";
import type { NotifyListOptions, NotifyPreviewOptions } from "./commands/notify.ts";
import { examples, output, type Start } from "./define-command.ts";

export function defineNotifyCommands(program: Command, start: Start): void {
  const notify = program
    .command("notify")
    .description("who is told of what becomes of applications, and what could not be sent");
  notify
    .command("list")
    .alias("ls")
    .description("messages that were given up and why, and where something waits")
    .option("--all", "also what was sent lately")
    .addOption(output("json", "yaml", "wide"))
    .addHelpText("after", examples("notify list", "notify list --all -o wide"))
    .action((options: NotifyListOptions) =>
      start(async (context) => (await import("./commands/notify.ts")).notifyList(context, options)),
    );
  notify
    .command("test")
    .description("send one message now, and say what was answered")
    .argument("<service>", "one of notifications.services, or of argocd-notifications-cm")
    .argument("[recipient]", "a channel or an address, where the service wants one")
    .addHelpText("after", examples("notify test slack deploys", "notify test mail ops@example.com"))
    .action((service: string, recipient: string | undefined) =>
      start(async (context) =>
        (await import("./commands/notify.ts")).notifyTest(context, service, recipient),
      ),
    );
  notify
    .command("preview")
    .description("what an event of an application would send, and to whom; sends nothing")
    .argument("<app>", APP)
    .argument("<event>", "sync-failed, deployed, … with or without on- before it")
    .option("--service <name>", "only to this service, whoever subscribes")
    .option("--recipient <name>", "with --service: a channel or an address")
    .addOption(output("json", "yaml"))
    .addHelpText(
      "after",
      examples("notify preview shop sync-failed", "notify preview argocd/shop deployed --service slack"),
    )
    .action((app: string, event: string, options: NotifyPreviewOptions) =>
      start(async (context) =>
        (await import("./commands/notify.ts")).notifyPreview(context, app, event, options),
      ),
    );
  notify
    .command("resend")
    .description("try messages again that were given up")
    .argument("[numbers...]", "as notify list shows them", numbersIn)
    .option("--all", "all of them")
    .addHelpText("after", examples("notify resend 12 13", "notify resend --all"))
    .action((numbers: number[] | undefined, { all }: { all?: boolean }, command: Command) => {
      if ((all === true) === (numbers ?? []).length > 0)
        command.error("error: name numbers, or --all and no numbers", { exitCode: 2 });
      return start(async (context) =>
        (await import("./commands/notify.ts")).notifyResend(context, all === true ? "all" : (numbers ?? [])),
      );
    });
}

function numbersIn(text: string, before: number[] | undefined): number[] {
  if (!/^[1-9]\d{0,15}$/.test(text)) throw new InvalidArgumentError("it is no number of a message.");
  return [...(before ?? []), Number(text)];
}
