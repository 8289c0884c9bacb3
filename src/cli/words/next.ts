import { type Application, sourcesOf } from "../../core/model/application.ts";
import { fileInRepository } from "../../core/model/file-in-repository.ts";
import { withoutDryRun } from "../../core/model/last-sync.ts";
import { lateSince } from "../../core/model/late.ts";
import { isPaused } from "../../core/model/paused.ts";
import { suspendedHookIn } from "../../core/model/suspended-hook.ts";
import { shellLine } from "../../lib/shell-line.ts";
import { healthOf, isBeingDeleted, isBusy, nameOf, syncOf } from "./app-words.ts";
import { makingNamespace, missingNamespace } from "./missing-namespace.ts";
import { reasons } from "./why.ts";

/** The one command that helps most now, or what is to be edited. */
export function nextOf(shown: Application, nowMs: number): string {
  const app = withoutDryRun(shown);
  const name = nameOf(app);
  const { status } = app;
  const has = (...types: string[]): boolean =>
    (status?.conditions ?? []).some(({ type }) => types.includes(type));
  if (has("DeletionConfirmWarning")) return `holdfast app confirm-deletion ${name}`;
  if (isBeingDeleted(app)) return `holdfast app get ${name} --show-operation`;
  if (isPaused(app)) return `holdfast app get ${name}`;
  const waited = isBusy(app) ? suspendedHookIn(status?.operationState?.message ?? "") : undefined;
  // A wait for it would never end.
  if (waited !== undefined)
    return `holdfast app actions run ${name} resume --kind ${waited.kind} --resource-name ${waited.name}`;
  // Neither does a wait end for a namespace that nobody makes.
  if (lacksNamespace(app)) return makingNamespace(name);
  const pod = podIn(app);
  if (isBusy(app) && pod?.begins === "not by itself") return lookAt(name, pod);
  if (isBusy(app))
    return lateSince(app, nowMs) === undefined
      ? `holdfast app wait ${name}`
      : `holdfast app get ${name} --show-operation`;
  if ((status?.conditions ?? []).some(waitsForApproval)) return "holdfast admin approve-removal";
  if (has("PruneBlocked")) return `holdfast app sync ${name} --prune --dry-run`;
  if ((status?.conditions ?? []).some(({ message }) => message.includes("Correct the source's path")))
    return `holdfast app set ${name} --path FOLDER`;
  const unread = unreadIn(app, name);
  if (unread !== undefined) return unread;
  const unrendered = unrenderedIn(app);
  if (unrendered !== undefined) return unrendered;
  // Where it is written stands there.
  if (has("InvalidSpecError")) return `holdfast app get ${name}`;
  if (has("ComparisonError", "InvalidSource")) return `holdfast app refresh ${name}`;
  const { phase } = status?.operationState ?? {};
  const refused = refusedIn(status?.operationState?.message ?? "");
  const hasFailed = syncOf(app) !== "Synced" && (phase === "Failed" || phase === "Error");
  if (hasFailed && refused !== undefined)
    return `edit ${refused.file}, from line ${refused.line} on, and commit it`;
  if (hasFailed) return pod === undefined ? `holdfast app get ${name} --show-operation` : lookAt(name, pod);
  if (has("HeldWarning")) return `holdfast app unhold ${name} --dry-run`;
  if (healthOf(app) === "Degraded")
    return pod === undefined ? `holdfast app logs ${name} --tail 50` : lookAt(name, pod);
  if (syncOf(app) === "OutOfSync") return `holdfast app diff ${name}`;
  if (syncOf(app) === "Unknown") return `holdfast app refresh ${name}`;
  if (healthOf(app) === "Progressing")
    return pod?.begins === "not by itself"
      ? lookAt(name, pod)
      : lateSince(app, nowMs) === undefined
        ? `holdfast app wait ${name} --health`
        : `holdfast app tree ${name}`;
  return healthOf(app) === "Healthy" ? `holdfast app history ${name}` : `holdfast app tree ${name}`;
}

/** Its file is gone, and it leaves when a person says so. */
function waitsForApproval({ type, message }: { type: string; message: string }): boolean {
  return type === "ApplicationMissingWarning" && message.includes("(holdfast admin approve-removal)");
}

/** What a repository was asked for and does not have, or does not give to whoever asked: to look again helps nobody. */
function unreadIn({ spec, status }: Application, name: string): string | undefined {
  const texts = (status?.conditions ?? []).map(({ message }) => message);
  if (texts.some((text) => text.includes("there is no branch, tag or commit of this name")))
    return `holdfast app set ${name} --revision REVISION`;
  const about = texts.find((text) => /it (?:wants|refused the) credentials/.test(text));
  if (about === undefined) return undefined;
  const url = [...(spec.sources ?? []), ...(spec.source === undefined ? [] : [spec.source])]
    .map(({ repoURL }) => repoURL)
    .find((each) => about.includes(each));
  const login = /^(?:ssh:|[^/]+@)/.test(url ?? "")
    ? ["--ssh-private-key-path", "FILE"]
    : ["--username", "NAME"];
  const over = about.includes("it refused the credentials") ? ["--upsert"] : [];
  // Whoever writes applications writes it, and somebody else pastes this.
  return shellLine(["holdfast", "repo", "add", url ?? "URL", ...login, ...over]);
}

/** Whether its last sync ended, or is tried again, because its namespace is not there. */
function lacksNamespace(app: Application): boolean {
  const { phase, message = "", syncResult } = app.status?.operationState ?? {};
  if (phase === undefined || phase === "Succeeded" || syncOf(app) === "Synced") return false;
  const texts = [message, ...(syncResult?.resources ?? []).map((one) => one.message ?? "")];
  return texts.some((text) => missingNamespace(app, text) !== undefined);
}

/** Where an object that the API server refuses begins, as a sync says it. */
function refusedIn(message: string): { file: string; line: string } | undefined {
  const [, file, line] = /the API server refuses [^()]* \(([^():\s]+):(\d+)\): /.exec(message) ?? [];
  return file === undefined || line === undefined ? undefined : { file, line };
}

/** Names of files that tools say what is wrong in. */
const FILE =
  /(?:^|[\s("'])((?:[\w.-]+\/)*[\w.-]+\.(?:ya?ml|json|tpl|jsonnet|libsonnet|toml))(?::(\d+))?(?=[\s:,;.)"']|$)/;

/** What of Git cannot be made objects: by a tool, or as what it wrote is read. */
const UNUSABLE = /: cannot (?:render|use its manifests): /;
/** What a tool makes of a file has lines of its own. */
const AS_RENDERED = / \(as rendered\)|\bYAML parse error on /;

/** What of a folder in Git is to be mended, and how that is tried before it is committed. */
function unrenderedIn(app: Application): string | undefined {
  const said = (app.status?.conditions ?? []).find(
    ({ type, message }) => type === "ComparisonError" && UNUSABLE.test(message),
  )?.message;
  const sources = sourcesOf(app.spec);
  const [source] = sources;
  if (said === undefined || source?.path === undefined || sources.some(({ chart }) => chart))
    return undefined;
  const reason = said.slice(said.search(UNUSABLE) + 2);
  const [, file = "", at] = FILE.exec(reason) ?? [];
  const line = at ?? /\bline (\d+)\b/.exec(reason)?.[1] ?? /\(as rendered\):(\d+)/.exec(reason)?.[1];
  const whose = AS_RENDERED.test(reason) ? " as rendered" : "";
  const where =
    file === "" ? source.path : sources.length > 1 ? file : fileInRepository(file, source.path, reason);
  const manifest = `${app.metadata.name}.yaml`;
  const trial =
    sources.length > 1
      ? ""
      : `; try it first, in a checkout: holdfast app get ${nameOf(app)} -o yaml > ${manifest} && holdfast render -f ${manifest} --source .`;
  return `edit ${where}${file === "" || line === undefined ? "" : `, line ${line}${whose}`}, and commit it${trial}`;
}

/** A Pod that is to blame, as far as a sentence says it. */
interface Pod {
  pod: string;
  container: string;
  /** Where it is read what happened: of one that did not begin there is no log. */
  told: "by its log" | "by the log of its last run" | "by events";
  /** Whether a wait may end. */
  begins: "not by itself" | "perhaps";
}

const POD = /\bPod ([\w.-]+) (?:is on (no node): |(?:init )?container ([\w.-]+) (?:waits: (\w+)|ended ))/;
const UNBEGUN = /^(?:ImagePullBackOff|ErrImagePull|InvalidImageName|CreateContainer\w*Error)$/;

function podIn(app: Application): Pod | undefined {
  const texts = reasons(app).map(({ text }) => text);
  for (const text of texts) {
    const [, pod, noNode, container = "", why] = POD.exec(text) ?? [];
    if (pod === undefined) continue;
    if (noNode !== undefined || UNBEGUN.test(why ?? ""))
      return { pod, container, told: "by events", begins: "not by itself" };
    // Between two tries it may run just now, and say nothing of why the one before ended.
    if (why === "CrashLoopBackOff")
      return { pod, container, told: "by the log of its last run", begins: "not by itself" };
    return { pod, container, told: why === undefined ? "by its log" : "by events", begins: "perhaps" };
  }
  return undefined;
}

function lookAt(name: string, { pod, container, told }: Pod): string {
  if (told === "by events") return `holdfast app events ${name} --kind Pod --resource-name ${pod}`;
  const which = told === "by its log" ? "" : " --previous";
  return `holdfast app logs ${name} ${pod} -c ${container}${which} --tail 50`;
}
