import type { ApplicationSet } from "../../core/model/application-set.ts";
import type { ApplicationSetStatus } from "../../core/model/application-set-status.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { asManifest, CLI_VERSION, printJson, printYamlDocuments } from "../print-object.ts";
import { setName } from "../sets/choose-sets.ts";
import { setsInFile } from "../sets/sets-in-file.ts";
import { andMore, count } from "../words/count.ts";

export interface AppsetCreateOptions {
  file?: string[];
  upsert?: true;
  dryRun?: true;
  output?: "json" | "yaml" | "name";
}

type Made = ApplicationSet & { status?: ApplicationSetStatus };

/** From files of one or more ApplicationSets. */
export async function appsetCreate(
  context: CliContext,
  named: readonly string[],
  { file = [], upsert, dryRun, output }: AppsetCreateOptions,
): Promise<ExitCode> {
  const files = [...named, ...file];
  if (files.length === 0)
    throw new CliError(EXIT.usage, "No file is named.", [
      "Name the file that the ApplicationSet is in, or - for standard input.",
    ]);
  const manifests: unknown[] = [];
  for (const one of files) manifests.push(...(await setsInFile(context, one)));
  const client = await context.client();
  const made: Made[] = [];
  for (const body of manifests)
    made.push(
      await client.send<Made>("POST", "/api/v1/applicationsets", {
        query: {
          upsert: upsert === true ? "true" : undefined,
          dryRun: dryRun === true ? "true" : undefined,
        },
        body,
      }),
    );
  if (output === "json")
    printJson(
      context,
      made.length === 1 ? made[0] : { apiVersion: CLI_VERSION, kind: "ApplicationSetList", items: made },
    );
  else if (output === "yaml") printYamlDocuments(context, made.map(asManifest));
  else if (output === "name") context.print(made.map(setName));
  else
    context.print(
      made.map((set) => (dryRun === true ? sayTried(set) : `${context.out.symbols.done} ${sayMade(set)}`)),
    );
  return EXIT.done;
}

function sayMade(set: Made): string {
  return `${setName(set)} is there. Look at it with: holdfast appset get ${setName(set)}`;
}

/** What a dry run tells is what the set would come to, whatever is there now. */
function sayTried(set: Made): string {
  const names = (set.status?.resources ?? []).map(({ namespace = "", name }) => `${namespace}/${name}`);
  return `${setName(set)} would make ${count(names.length, "application")}${names.length === 0 ? "" : `: ${andMore(names, 10)}`}. Nothing was written`;
}
