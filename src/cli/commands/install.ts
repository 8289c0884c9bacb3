import { defined } from "../../lib/defined.ts";
import { confirm } from "../confirm.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { InstallAsk, InstallOutlook, InstallSteps } from "../offline-verbs.ts";
import { printJsonList, printYamlDocuments } from "../print-object.ts";
import { plainLines, plainText } from "../terminal/plain-text.ts";
import { count } from "../words/count.ts";

export interface InstallOptions extends Omit<InstallAsk, "namespaces" | "kinds"> {
  in?: string[];
  kind?: string[];
  apply?: true;
  kubeconfig?: string;
  kubeContext?: string;
  yes?: true;
  output?: "json" | "yaml";
}

/** Prints an installation for kubectl or a repository; or puts it into a cluster, after saying what that changes. */
export async function install(context: CliContext, options: InstallOptions): Promise<ExitCode> {
  const { in: namespaces, kind: kinds, apply, kubeconfig, kubeContext, yes, output, ...ask } = options;
  const installation = await context.host.verbs.install({ ...ask, ...defined({ namespaces, kinds }) });
  if (apply !== true) {
    if (output === "json") printJsonList(context, "InstallationObjects", { items: installation.objects });
    else printYamlDocuments(context, installation.objects);
    if (ask.image === undefined) context.note(NO_IMAGE);
    return EXIT.done;
  }
  const steps = await installation.into({
    signal: context.signal,
    ...defined({ kubeconfig, context: kubeContext }),
  });
  try {
    return await applied(context, steps, options);
  } finally {
    steps.stop();
  }
}

/** Nobody publishes one. */
const NO_IMAGE =
  "The image in it is in no registry: build it and put it where the cluster's nodes find it (docs/install.md), or name another one with --image.";

const WORDS: Readonly<Record<InstallOutlook["is"], string>> = {
  create: "create",
  change: "change",
  unchanged: "unchanged",
  kept: "stays as it is: somebody else's",
  foreign: "somebody else's",
  remove: "remove: rights that it is not to have any more",
};
/** Fields of one object that are shown. */
const MOST_FIELDS = 8;

async function applied(
  context: CliContext,
  { said, image, steps, apply }: InstallSteps,
  { namespace = "argocd", yes, output, kubeContext }: InstallOptions,
): Promise<ExitCode> {
  const writes = steps.filter(({ is }) => is === "create" || is === "change" || is === "remove");
  const where = kubeContext ?? "the current context";
  if (image === undefined) context.note(NO_IMAGE);
  for (const step of steps) {
    context.note(`  ${step.object}  ${WORDS[step.is]}`);
    for (const line of step.is === "change" ? fieldLines(step.fields) : []) context.note(`    ${line}`);
  }
  for (const line of said) context.note(plainLines(line));
  if (writes.length === 0) context.note(`In ${where} everything is as it should be.`);
  else if (
    yes !== true &&
    !(await confirm(context, `Write ${count(writes.length, "object")} to ${where}?`))
  ) {
    context.note("Nothing was written.");
    return EXIT.done;
  }
  const done: { object: string; did: string }[] = [];
  await apply((object, did) => {
    done.push({ object, did });
    if (output === undefined) context.print(`${object} ${did}`);
  });
  if (output === "json") printJsonList(context, "InstallationResult", { items: done });
  if (output === "yaml") printYamlDocuments(context, [{ items: done }]);
  for (const line of nextOf(steps, namespace)) context.note(line);
  return EXIT.done;
}

/** What is left to do: a first installation has a password to be read, a new Pod is waited for, and what stayed wants nothing. */
function nextOf(steps: InstallSteps["steps"], namespace: string): string[] {
  const pod = steps.find(({ object }) => object === `Deployment ${namespace}/argocd-server`)?.is;
  const rollout = `  kubectl -n ${namespace} rollout status deploy/argocd-server --timeout=5m`;
  if (pod === "create")
    return [
      "Next:",
      rollout,
      `  kubectl -n ${namespace} get secret argocd-initial-admin-secret -o jsonpath='{.data.password}' | base64 -d`,
      `  kubectl -n ${namespace} port-forward svc/argocd-server 8080:443`,
      "  holdfast login https://localhost:8080 --username admin --insecure",
    ];
  return pod === "change" ? ["Next:", rollout, "  holdfast status"] : [];
}

function fieldLines(fields: readonly string[]): string[] {
  const shown = fields.slice(0, MOST_FIELDS).map((field) => plainText(field));
  const left = fields.length - shown.length;
  return left === 0 ? shown : [...shown, `and ${count(left, "field")} more`];
}
