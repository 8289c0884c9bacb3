import { Argument, type Command } from "commander";
import { APPS, selecting } from "./app-flags.ts";
import type { EventsOptions } from "./commands/events.ts";
import type { TraceOptions } from "./commands/trace.ts";
import { examples, output, type Start } from "./define-command.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

export function defineTraceCommand(program: Command, start: Start): void {
  program
    .command("trace")
    .description("which application an object is of, where Git writes it, and which run wrote it for whom")
    .argument(
      "<kind/name>",
      "of any object, what others made of it too: Pod/web-5d4-x, deploy/web, ingresses.networking.k8s.io/web",
    )
    .option("-n, --namespace <namespace>", "namespace of the object; default: any")
    .option("--cluster <cluster>", "cluster of the object, by name or address; default: any")
    .addOption(output("json", "yaml"))
    .addHelpText(
      "after",
      `${examples("trace Pod/web-5d4f8-x2 -n shop", "trace deploy/web -n shop --cluster prod -o json")}\n\nIt asks the daemon's memory alone, and ends with 3 where no application has the object, with the nearest reason.`,
    )
    .action((object: string, options: TraceOptions) =>
      start(async (context) => (await import("./commands/trace.ts")).trace(context, object, options)),
    );
}

export function defineEventsCommand(program: Command, start: Start): void {
  selecting(
    program
      .command("events")
      .description("what Kubernetes tells of the objects of applications, the newest last")
      .argument("[apps...]", `${APPS}; default: all that you see`),
  )
    .option("-w, --watch", "go on with what comes")
    .addOption(output("json", "yaml", "wide"))
    .addHelpText("after", examples("events", "events -w -p shop", "events web api -o wide"))
    .action((names: string[], options: EventsOptions) =>
      start(async (context) => (await import("./commands/events.ts")).events(context, names, options)),
    );
}

export function defineApiCommand(program: Command, start: Start): void {
  program
    .command("api")
    .description("one request to the daemon's API as whoever is logged in, and its answer as JSON")
    .addArgument(new Argument("<method>", "what is asked").choices(METHODS))
    .argument("<path>", "from the first slash on, with its query")
    .option("-f, --file <file>", "its body, as JSON; - is standard input")
    .addHelpText(
      "after",
      examples("api GET '/api/v1/applications?project=shop'", "api POST /api/v1/projects -f project.json"),
    )
    .action((method: (typeof METHODS)[number], path: string, options: { file?: string }) =>
      start(async (context) => (await import("./commands/api.ts")).api(context, method, path, options)),
    );
}
