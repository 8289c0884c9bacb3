/** Of a tool's words in a failure, UTF-16 units. */
const MOST = 2_000;
/** How Helm, Kustomize, kubectl and Go's runtime begin the reason that they end for. */
const REASON = /^(?:error|panic|fatal error):/gim;
/** What kustomize says of the helm that it started, behind helm's own words: how it was called, in our folders. */
const CALL = /\s*:? ?unable to run: '.*?' with env=\[.*?\] \(is '.*?' installed\?\)(?:: exit status \d+)?/g;
/** What Helm advises, by a flag that nothing here has. */
const ADVICE = /\s*Use --debug flag to render out invalid YAML\.?/g;

/**
 * Why a tool ended, on one line, with paths as a person knows them. Tools say their warnings first: where not all of it
 * has room it is the warnings that go, then the middle, since a chain of errors ends in its cause.
 *
 * @param names folder on this machine -> how a person knows it, "" for the repository itself
 */
export function toolWords(stderr: string, names: ReadonlyMap<string, string>): string {
  const all = oneLine(stderr, names);
  if (all.length <= MOST) return all.replace(/\.$/, "");
  const [first, last] = [stderr.matchAll(REASON).next().value?.index, lastReason(stderr)];
  for (const at of [first, last]) {
    const reason = at === undefined ? all : oneLine(stderr.slice(at), names);
    if (reason.length <= MOST) return reason.replace(/\.$/, "");
  }
  if (last === undefined) return `… ${all.slice(-MOST)}`.replace(/\.$/, "");
  const reason = oneLine(stderr.slice(last), names);
  return `${reason.slice(0, MOST / 2)} … ${reason.slice(-MOST / 2)}`.replace(/\.$/, "");
}

function lastReason(stderr: string): number | undefined {
  let last: number | undefined;
  for (const { index } of stderr.matchAll(REASON)) last = index;
  return last;
}

function oneLine(stderr: string, names: ReadonlyMap<string, string>): string {
  let words = stderr
    .trim()
    .replace(/\s*\n\s*/g, " ")
    // A template's author writes them: they must not colour, move or reverse anything where they are shown.
    .replaceAll("\t", " ")
    .replace(/[\p{Cc}\p{Cf}]+/gu, "")
    .trim()
    .replace(CALL, "")
    .replace(ADVICE, "")
    .replace(/^(?:error: (?=Error: ))?(?:Error: )+/, "");
  const folders = [...names].sort(([a], [b]) => b.length - a.length);
  for (const [folder, name] of folders)
    words = words
      .replaceAll(`${folder}/`, name === "" ? "" : `${name}/`)
      .replaceAll(folder, name === "" ? "." : name);
  return words;
}
