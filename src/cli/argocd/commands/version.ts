import { ARGO_CD_VERSION } from "../../../core/model/argo-cd-version.ts";
import { defined } from "../../../lib/defined.ts";
import { printJson, printYamlDocuments } from "../../print-object.ts";
import type { ArgoContext } from "../argo-context.ts";
import { ARGO_EXIT } from "../exit-codes.ts";

export interface VersionOptions {
  client?: true;
  short?: true;
  output?: "json" | "yaml" | "short" | "wide";
}

interface Facts {
  Version: string;
  BuildDate?: string;
  GitCommit?: string;
  GitTreeState?: string;
  GoVersion?: string;
  Compiler?: string;
  Platform?: string;
  KustomizeVersion?: string;
  HelmVersion?: string;
}

/** Which Argo CD this is like, with its own version behind it. */
export async function version(context: ArgoContext, options: VersionOptions): Promise<number> {
  const { version: own, commit, buildDate, bun, platform } = context.host.verbs.version();
  const client: Facts = {
    Version: `v${ARGO_CD_VERSION}+holdfast.${own}`,
    BuildDate: buildDate,
    GitCommit: commit,
    Compiler: `bun ${bun}`,
    Platform: platform,
  };
  const server =
    options.client === true ? undefined : await (await context.client()).get<Facts>("/api/version");
  const both = { client, ...defined({ server }) };
  if (options.output === "json") printJson(context, both);
  else if (options.output === "yaml") printYamlDocuments(context, [both]);
  else {
    const isShort = options.short === true || options.output === "short";
    context.print([
      ...lines("argocd", client, isShort),
      ...(server === undefined ? [] : lines("argocd-server", server, isShort)),
    ]);
  }
  return ARGO_EXIT.done;
}

function lines(name: string, facts: Facts, isShort: boolean): string[] {
  const { Version: text, ...others } = facts;
  return [
    `${name}: ${text}`,
    ...(isShort
      ? []
      : Object.entries(others).flatMap(([field, value]) =>
          typeof value === "string" && value !== "" && field !== "Holdfast" ? [`  ${field}: ${value}`] : [],
        )),
  ];
}
