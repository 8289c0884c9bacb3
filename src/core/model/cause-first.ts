import { fileInRepository } from "./file-in-repository.ts";

/** A sentence with what it is that went wrong at its beginning: a list has room for no more than that. */
type Form = readonly [pattern: RegExp, told: (...parts: string[]) => string];

/** As sentences of syncs, hooks, health and renders are written; what none of these fits stays as it is. */
const FORMS: readonly Form[] = [
  [
    /^(?:The last sync to \S+(?:, \S+)* failed: |the last sync failed: )?(?:nothing was written, because )?the API server refuses (\S+ \S+)(?: \(([^()\s]+:\d+)\))?: (.*?)(\.? It is tried again .*)?$/s,
    (object, place, reason, again) =>
      `${valueFirst(reason ?? "")} (${object}${place === "" ? "" : `, ${place}`})${again}`,
  ],
  [
    /^the hook (\S+ \S+) failed: (.*); Pod (\S+) ((?:init )?container [\w.-]+ .*)$/s,
    (hook, state, pod, ended) => `${ended} (hook ${shortly(hook)}, Pod ${pod}: ${state})`,
  ],
  [
    /^waiting for completion of hook (\S+ \S+) since (\S+) \(it is suspended: (.*)\)$/s,
    (hook, since, how) => `hook ${shortly(hook)} is suspended since ${since}: ${how}`,
  ],
  [
    /^waiting for healthy state of (\S+ \S+) \((.*)\) since (\S+)$/s,
    (object, health, since) => `${causeFirst(health ?? "")}; ${shortly(object)}, since ${since}`,
  ],
  // As health says it of what owns a Pod, and of the Pod itself.
  [
    /^(?:\S+ [\w./-]+: )?Pod ([\w.-]+) ((?:init )?container [\w.-]+) waits: (\w+)(?:[:,] (.*))?$/s,
    (pod, container, reason, more) =>
      `${reason}: ${container} of Pod ${pod}${more === "" ? "" : `: ${more}`}`,
  ],
  [
    /^(?:\S+ [\w./-]+: )?Pod ([\w.-]+) is on (no node): (.*)$/s,
    (pod, none, more) => `${none}: ${(more ?? "").replace(/[.\s]+$/, "")} (Pod ${pod})`,
  ],
  // Where it is to be mended comes first: whose it is stands beside it.
  [
    /^Application \S+: cannot use its manifests: ([^\s:]+(?: \(as rendered\))?:\d+: .*)$/s,
    (problem) => problem ?? "",
  ],
  [
    /^(\S+|the repository's root): cannot render: (helm says: (?:template: |(?:execution|parse) error at )?\(?([\w./-]+\.\w+):(\d+)(?::\d+)?\)?):? (.*)$/s,
    (folder, said, file, line, reason) => `${inChart(file, folder, said)}:${line}: ${reason}`,
  ],
  [
    /^(\S+|the repository's root): cannot render: (helm says: YAML parse error on ([\w./-]+)): error converting YAML to JSON: yaml: line (\d+): (.*)$/s,
    (folder, said, file, line, reason) => `${inChart(file, folder, said)} (as rendered):${line}: ${reason}`,
  ],
  [/^(\S+): (cannot [^:]+: .*)$/s, (where, what) => `${(what ?? "").replace(/[.\s]+$/, "")} (${where})`],
];

/** @returns the same text where it is not known what in it is the cause */
export function causeFirst(text: string): string {
  for (const [pattern, told] of FORMS) {
    const found = pattern.exec(text);
    if (found !== null) return told(...found.slice(1).map((part) => part ?? ""));
  }
  return text;
}

function inChart(file = "", folder = "", said = ""): string {
  return fileInRepository(file, folder === "the repository's root" ? "" : folder, said);
}

/** `port 80800 invalid: must be between 1 and 65535`, of a field's whole path; a value that is long stays behind it. */
function valueFirst(reason: string): string {
  const [, field, value, must] =
    /^(?:[\w.[\]-]+\.)?([\w-]+): Invalid value: ("[^"\\]{0,40}"|-?[\w.]{1,40}): (.*)$/s.exec(reason) ?? [];
  return field === undefined ? reason : `${field} ${value} invalid: ${must}`;
}

/** `Job ledger/migrate` of `batch/Job ledger/migrate`. */
function shortly(object = ""): string {
  return object.replace(/^[\w.-]+\//, "");
}
