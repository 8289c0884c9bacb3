/** Which sides of a diff are meant, as words of the page and of the command line. */

/** One text for each source; none where the side is no revision that somebody named. */
export function revisionsOf(side: string, sources: number): string[] {
  const named = side.startsWith("git@") ? side.slice("git@".length).split(",") : [];
  return Array.from({ length: sources }, (_, at) => named[at] ?? "");
}

/** `git` where every source is as it is followed. */
export function sideOfRevisions(revisions: readonly string[]): string {
  return revisions.every((one) => one === "") ? "git" : `git@${revisions.join(",")}`;
}

/** As the side is called where it is no other choice. */
export function otherWords(side: string): string {
  const named = side
    .slice("git@".length)
    .split(",")
    .map((one) => one || "as followed");
  return `Git at ${named.join(", ")}`;
}

/** The same by the command line; undefined where it has no words for it: a deployment, or Git from the other side. */
export function diffCli(app: string, base: string, target: string): string[] | undefined {
  const words = ["app", "diff", app];
  if (target.startsWith("deployment@") || base.startsWith("deployment@")) return undefined;
  if (target === "git") return base === "live" ? words : undefined;
  const revisions = target.slice("git@".length).split(",");
  const [only = ""] = revisions;
  const asked =
    revisions.length === 1
      ? ["--revision", only]
      : revisions.flatMap((revision, at) =>
          revision === "" ? [] : ["--revisions", revision, "--source-positions", String(at + 1)],
        );
  if (base === "live") return [...words, ...asked];
  return base.startsWith("git@") ? [...words, ...asked, "--against", base.slice("git@".length)] : undefined;
}
