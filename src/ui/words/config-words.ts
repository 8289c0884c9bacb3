/** How an application is set up, for people: what its manifest says, line by line. */
import { type Application, isAutomated, type RetryPolicy } from "../../core/model/application.ts";
import { type Source, sourceKind } from "../../core/model/source.ts";
import { parseDurationMs } from "../../lib/duration.ts";
import { waited } from "./run-tries.ts";

/** What stands before it, and what is said. `mono`: as it is typed. */
export interface Fact {
  name: string;
  words: string;
  as?: "mono";
}

/** What happens by itself, and how. */
export function policyFacts({ spec }: Pick<Application, "spec">): Fact[] {
  const { syncPolicy: policy, ignoreDifferences = [], revisionHistoryLimit } = spec;
  const automated = policy?.automated;
  const isOn = isAutomated(spec);
  const options = policy?.syncOptions ?? [];
  const metadata = policy?.managedNamespaceMetadata;
  return [
    {
      name: "Syncs",
      words: isOn
        ? "by itself at each commit"
        : automated?.enabled === false
          ? "when somebody asks: automated is written, with enabled: false"
          : "when somebody asks",
    },
    ...(isOn
      ? [
          {
            name: "What left Git",
            words: automated?.prune === true ? "is deleted (prune)" : "stays, and is told (no prune)",
          },
          {
            name: "What others change",
            words:
              automated?.selfHeal === true ? "is put back (self-heal)" : "stays, and is told (no self-heal)",
          },
          ...(automated?.allowEmpty === true
            ? [{ name: "Nothing in Git", words: "is taken at its word: all may be deleted (allowEmpty)" }]
            : []),
        ]
      : []),
    // Source: Argo CD, which tries an automated sync again five times where its policy says nothing.
    { name: "What fails", words: retryWords(policy?.retry ?? (isOn ? { limit: 5 } : undefined)) },
    ...options.map((option, at) => ({ name: at === 0 ? "Options" : "", words: optionWords(option) })),
    ...(metadata === undefined
      ? []
      : [{ name: "Its namespace", words: `gets ${pairs({ ...metadata.labels, ...metadata.annotations })}` }]),
    ...ignoreDifferences.map((rule, at) => ({
      name: at === 0 ? "Left to others" : "",
      words: ignoreWords(rule),
    })),
    {
      name: "History",
      words:
        revisionHistoryLimit === 0
          ? "no deployment is kept to go back to"
          : `the last ${revisionHistoryLimit ?? 10} deployments can be gone back to`,
    },
  ];
}

function retryWords(retry: RetryPolicy | undefined): string {
  const limit = retry?.limit ?? 0;
  if (retry === undefined || limit === 0) return "is not tried again before something changes";
  const { duration = "5s", factor = 2, maxDuration = "3m0s" } = retry.backoff ?? {};
  const times = limit < 0 ? "without end" : limit === 1 ? "once" : `up to ${limit} times`;
  const newer = retry.refresh === true ? ", at the newest commit" : "";
  return `is tried again ${times}, after ${spanWords(duration)}, ${factor} times as long each time, at most ${spanWords(maxDuration)}${newer}`;
}

/** `3 min`, of `3m0s`; as it is written where it is no span of whole seconds. */
function spanWords(written: string): string {
  const ms = parseDurationMs(written);
  return ms === undefined || ms % 1_000 !== 0 ? written : waited(ms);
}

const OPTIONS: Readonly<Record<string, string>> = {
  "CreateNamespace=true": "the namespace is made where it is not there",
  "Prune=false": "nothing is deleted that left Git",
  "Prune=confirm": "what left Git is deleted once somebody approves",
  "Delete=false": "objects stay when the application is deleted",
  "Delete=confirm": "objects go with the application once somebody approves",
  "Validate=false": "the server does not check fields",
  "SkipDryRunOnMissingResource=true": "objects of kinds that are not known yet are not tried before",
  "ApplyOutOfSyncOnly=true": "what is as it should be is not written again",
  "PruneLast=true": "what left Git is deleted after all else is healthy",
  "Replace=true": "objects are replaced whole, not applied",
  "ServerSideApply=true": "applied by the server",
  "FailOnSharedResource=true": "a sync fails where another application has an object",
  "RespectIgnoreDifferences=true": "a sync does not write what is left to others",
  "PrunePropagationPolicy=background": "what an object owns goes after it",
  "PrunePropagationPolicy=foreground": "what an object owns goes before it",
  "PrunePropagationPolicy=orphan": "what an object owns stays",
};

function optionWords(option: string): string {
  const words = OPTIONS[option];
  return words === undefined ? option : `${option}: ${words}`;
}

function ignoreWords(rule: NonNullable<Application["spec"]["ignoreDifferences"]>[number]): string {
  const { group = "", kind, namespace, name, jsonPointers = [], jqPathExpressions = [] } = rule;
  const { managedFieldsManagers = [] } = rule;
  const which = [namespace, name].filter((part) => part !== undefined && part !== "").join("/");
  const what = [
    ...jsonPointers,
    ...jqPathExpressions,
    ...(managedFieldsManagers.length === 0 ? [] : [`what ${managedFieldsManagers.join(", ")} sets`]),
  ];
  const of = `${group === "" ? "" : `${group}/`}${kind}${which === "" ? "" : ` ${which}`}`;
  return `of ${of}: ${what.length === 0 ? "nothing" : what.join(", ")}`;
}

/** `a=1, b=2`. */
function pairs(map: Readonly<Record<string, unknown>>): string {
  return Object.entries(map)
    .map(([name, value]) => `${name}=${typeof value === "object" ? JSON.stringify(value) : String(value)}`)
    .join(", ");
}

/** What a source says of how it is rendered, as its manifest has it. */
export function sourceFacts(source: Source): Fact[] {
  const { helm, kustomize, directory, plugin } = source;
  const list = (name: string, all: readonly string[] = []): Fact[] =>
    all.map((words, at): Fact => ({ name: at === 0 ? name : "", words, as: "mono" }));
  const one = (name: string, value: string | number | boolean | undefined): Fact[] =>
    value === undefined || value === "" || value === false ? [] : list(name, [String(value)]);
  const map = (name: string, value: Readonly<Record<string, string>> = {}): Fact[] =>
    list(
      name,
      Object.entries(value).map(([key, word]) => `${key}=${word}`),
    );
  return [
    ...one("Ref", source.ref),
    ...one("Release", helm?.releaseName),
    ...list("Value files", helm?.valueFiles),
    ...one("Missing value files", helm?.ignoreMissingValueFiles === true ? "are passed over" : undefined),
    ...list(
      "Parameters",
      helm?.parameters?.map(
        ({ name, value = "", forceString }) =>
          `${name}=${value}${forceString === true ? " (as a text)" : ""}`,
      ),
    ),
    ...list(
      "File parameters",
      helm?.fileParameters?.map(({ name, path }) => `${name}=${path}`),
    ),
    ...one("Helm namespace", helm?.namespace),
    ...one("Kubernetes version", helm?.kubeVersion ?? kustomize?.kubeVersion),
    ...list("API versions", helm?.apiVersions ?? kustomize?.apiVersions),
    ...list("Left out", [
      ...(helm?.skipCrds === true ? ["CRDs"] : []),
      ...(helm?.skipTests === true ? ["tests"] : []),
      ...(helm?.skipSchemaValidation === true ? ["the schema of its values"] : []),
    ]),
    ...list("Images", kustomize?.images),
    ...list(
      "Replicas",
      kustomize?.replicas?.map(({ name, count }) => `${name}=${count}`),
    ),
    ...one("Name prefix", kustomize?.namePrefix),
    ...one("Name suffix", kustomize?.nameSuffix),
    ...one("Namespace", kustomize?.namespace),
    ...map("Labels", kustomize?.commonLabels),
    ...map("Annotations", kustomize?.commonAnnotations),
    ...list("Components", kustomize?.components),
    ...list("Patches", kustomize?.patches?.map(patchWords)),
    ...one("Folders below", directory?.recurse === true ? "are read too" : undefined),
    ...one("Only files", directory?.include),
    ...one("No files", directory?.exclude),
    ...list("Jsonnet variables", directory?.jsonnet?.extVars?.map(variableWords)),
    ...list("Jsonnet arguments", directory?.jsonnet?.tlas?.map(variableWords)),
    ...list("Jsonnet libraries", directory?.jsonnet?.libs),
    ...one("Plugin", plugin?.name),
    ...list(
      "Environment",
      plugin?.env?.map(({ name, value = "" }) => `${name}=${value}`),
    ),
    ...list(
      "Plugin parameters",
      plugin?.parameters?.map(({ name, string, array, map: entries }) => {
        const value = string ?? array?.join(", ") ?? (entries === undefined ? "" : pairs(entries));
        return `${name}=${value}`;
      }),
    ),
  ];
}

function patchWords({
  path,
  patch,
  target = {},
}: {
  path?: string;
  patch?: string;
  target?: object;
}): string {
  const of = Object.values(target).map(String).join(" ");
  return `${path ?? `${(patch ?? "").trim().split("\n").length} lines`}${of === "" ? "" : ` on ${of}`}`;
}

function variableWords({ name, value = "", code }: { name: string; value?: string; code?: boolean }): string {
  return `${name}=${value}${code === true ? " (code)" : ""}`;
}

/** `Chart 17.3.2 of …`: where a source's files are. */
export function placeWords(source: Source): { what: "Folder" | "Chart" | "Files"; name: string } {
  if (source.chart !== undefined && source.chart !== "") return { what: "Chart", name: source.chart };
  if (sourceKind(source) === "oci") return { what: "Folder", name: source.path || "." };
  const isRefOnly = source.ref !== undefined && (source.path ?? "") === "";
  return isRefOnly
    ? { what: "Files", name: "for the other sources" }
    : { what: "Folder", name: source.path === undefined || source.path === "" ? "." : source.path };
}

/** An application's badge, as texts to copy. @param page and @param image whole addresses */
export function badgeTexts(
  name: string,
  { page, image }: { page: string; image: string },
): { markdown: string; html: string } {
  const html = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return {
    markdown: `[![${name}](${image})](${page})`,
    html: `<a href="${html(page)}"><img src="${html(image)}" alt="${html(name)}"></a>`,
  };
}
