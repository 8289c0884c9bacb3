/** What the commands about applications share: whom they mean, and how it is said. */
import type { Command } from "commander";
import { repeated } from "./parse-flags.ts";
import { queryFlag } from "./query-flag.ts";

export const APP = "name, or namespace/name";
export const APPS = "names, namespace/name, or patterns in quotes";

export function one(command: Command): Command {
  return command.option("-N, --app-namespace <namespace>", "namespace of the application");
}

export function choosingObjects(command: Command): Command {
  return one(command)
    .option("--kind <kind>", "only objects of this kind")
    .option("--group <group>", "only of this API group")
    .option("--namespace <namespace>", "only in this namespace")
    .option("--resource-name <name>", "only the object of this name");
}

export function selecting(command: Command): Command {
  const withProject =
    command.name() === "delete"
      ? command.option("--project <name>", "only of this project; may be repeated", repeated)
      : command.option("-p, --project <name>", "only of this project; may be repeated", repeated);
  return one(withProject)
    .option("-l, --selector <labels>", "only with these labels: a=b,c!=d,e in (f,g)")
    .option("-r, --repo <url>", "only of this repository")
    .option("-Q, --query <line>", "only what the page's list would show: holdfast help query", queryFlag);
}
