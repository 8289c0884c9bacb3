/** Differences as `argocd app diff` prints them. */
import type { Application } from "../../../core/model/application.ts";
import { canonicalJson } from "../../../lib/canonical-json.ts";
import { printYaml } from "../../../lib/yaml.ts";
import { CliError } from "../../cli-error.ts";
import { differences, type Sides } from "../../commands/app-diff.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Client } from "../../http/client.ts";
import { plainLines } from "../../terminal/plain-text.ts";
import { nameOf } from "../../words/app-words.ts";
import { lineDiff } from "../../words/line-diff.ts";
import type { ArgoContext } from "../argo-context.ts";

export interface Difference {
  group: string;
  kind: string;
  namespace: string;
  name: string;
  /** What is there, and what a sync would leave; undefined: nothing. */
  live: unknown;
  next: unknown;
}

/**
 * Objects that a sync would change, make or prune; hooks are none.
 * @throws {CliError} invalid where something cannot be compared: then "no differences" could be a lie
 */
export async function differencesOf(client: Client, app: Application, sides?: Sides): Promise<Difference[]> {
  const { items } = await differences(client, app, sides);
  const unknown = items.filter(({ change }) => change === "unknown");
  if (unknown.length > 0)
    throw new CliError(
      EXIT.invalid,
      `${nameOf(app)}: ${unknown.map(({ kind, name }) => `${kind}/${name}`).join(", ")} cannot be compared, because the cluster could not be asked.`,
    );
  return items.map(({ group, kind, namespace, name, live, predicted }) => ({
    group,
    kind,
    namespace,
    name,
    live,
    next: predicted,
  }));
}

export function printDifferences(context: ArgoContext, found: readonly Difference[]): void {
  for (const { group, kind, namespace, name, live, next } of found)
    context.print([
      "",
      `===== ${group}/${kind} ${namespace}/${name} ======`,
      ...lineDiff(linesOf(live), linesOf(next)).map(({ sign, text }) => `${sign}${plainLines(text)}`),
    ]);
}

function linesOf(object: unknown): string[] {
  return object === undefined
    ? []
    : printYaml(JSON.parse(canonicalJson(object)))
        .replace(/\n$/, "")
        .split("\n");
}
