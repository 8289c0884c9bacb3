/** What is to be known of what was brought from elsewhere: what moves by itself, and what cannot be asked. */
import type { Problem } from "../../core/model/problem.ts";
import type { ForeignTree } from "../../core/ports/renderers.ts";
import { timestamp } from "../../lib/timestamp.ts";
import { withoutUserinfo } from "../../lib/url-userinfo.ts";
import { isFollowed } from "../target/base-fetcher.ts";
import { silentWords, withdrawnWords } from "../target/locate.ts";
import type { Target } from "../target/target.ts";

export function sourceNotes(target: Pick<Target, "charts" | "bases">): Problem[] {
  return [
    ...unlockedCharts(target),
    ...oldCharts(target),
    ...followedBases(target),
    ...silentBases(target),
    ...movedTags(target),
  ];
}

/** Which versions those are that no lock file names. */
function unlockedCharts({ charts }: Pick<Target, "charts">): Problem[] {
  const byFile = Map.groupBy(
    charts.filter(({ version }) => version === "newest"),
    ({ by }) => by,
  );
  return [...byFile].map(([file, used]) => ({
    severity: "warning",
    file,
    text: `${used.some(({ as }) => as === "named") ? "it names no exact versions of its charts" : "no lock file names the versions of its dependencies"}, so the newest that it takes are used: ${used
      .map(
        ({ asked, found }) =>
          `${asked.name} ${asked.version} is ${found.version} of ${withoutUserinfo(found.repoURL)}`,
      )
      .join(", ")}`,
    fix: used.some(({ as }) => as === "named")
      ? "Write these versions there, and they stay until you change them"
      : "Run helm dependency update there and commit its lock file, and they stay until you change it",
  }));
}

/** Which charts are what their repositories said once. */
function oldCharts({ charts }: Pick<Target, "charts">): Problem[] {
  return charts.flatMap(({ asked: { name }, found, by }): Problem[] => {
    const { version, repoURL, old, withdrawn } = found;
    const about = { severity: "warning", file: by, object: withoutUserinfo(repoURL) } as const;
    return [
      ...(old === undefined ? [] : [{ ...about, text: silentWords(`${name} in version ${version}`, old) }]),
      ...(withdrawn === undefined ? [] : [{ ...about, ...withdrawnWords(`${name} ${version}`) }]),
    ];
  });
}

/** At which commits those bases are that move by themselves. */
function followedBases({ bases }: Pick<Target, "bases">): Problem[] {
  const trees = bases.filter((one) => one.is === "tree");
  const followed = Map.groupBy(
    trees.filter(({ found }) => found.old === undefined && isFollowed(found)),
    ({ by }) => by,
  );
  return [...followed].map(
    ([file, used]): Problem => ({
      severity: "warning",
      file,
      text: `no tag or commit is named for what it takes from other repositories, so their branches are followed: ${used
        .map(({ asked, found }) => `${atRevision(asked)} is at ${found.commit.slice(0, 12)}`)
        .join(", ")}`,
      fix: "Name a tag or a commit as ?ref=, and they stay until you change it",
    }),
  );
}

function silentBases({ bases }: Pick<Target, "bases">): Problem[] {
  return bases.flatMap((base): Problem[] => {
    const { old } = base.found;
    if (old === undefined) return [];
    const what =
      base.is === "tree"
        ? `${atRevision(base.asked)} is at ${base.found.commit.slice(0, 12)}, as it`
        : "What is used is what it";
    return [
      {
        severity: "warning",
        object: withoutUserinfo(base.is === "tree" ? base.asked.repoURL : base.asked),
        text: `it cannot be asked since ${timestamp(old.since)}: ${old.why}. ${what} said then, and stays until it answers`,
      },
    ];
  });
}

/** A tag stays where it was: whoever names one means what it was then, and is told where it is not any more. */
function movedTags({ bases }: Pick<Target, "bases">): Problem[] {
  return bases.flatMap((base): Problem[] => {
    if (base.is === "file" || base.found.movedTo === undefined) return [];
    const { commit, movedTo } = base.found;
    return [
      {
        severity: "warning",
        file: base.by,
        text: `${atRevision(base.asked)} was moved: it is used at ${commit.slice(0, 12)}, where it was when it was looked up, and is at ${movedTo.slice(0, 12)} by now`,
        fix: "Refresh the application hard to take what it is now, or name the commit",
      },
    ];
  });
}

/** `https://git.example.com/base main`; the repository alone is its HEAD. */
function atRevision({ repoURL, revision }: ForeignTree): string {
  return `${withoutUserinfo(repoURL)}${revision === "" ? "" : ` ${revision}`}`;
}
