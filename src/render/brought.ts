/** What renderers have brought here from elsewhere while they name their inputs: charts, other repositories, single files. */
import { Failure } from "../core/model/failure.ts";
import type { ForeignTree, RenderAsk, UsedBase, UsedChart } from "../core/ports/renderers.ts";
import type { SourceTree } from "../core/ports/source-tree.ts";
import { withoutUserinfo } from "../lib/url-userinfo.ts";
import type { FetchedInput, InputPath, InputsContext } from "../plugin/contract.ts";
import { type ClosedPath, closeLinks } from "./link-closure.ts";
import { FEWER_FETCHED, Room } from "./room.ts";

/** Who brings it. */
export type Fetchers = Pick<RenderAsk, "charts" | "bases">;

/** What was asked for, and what it was. */
export interface Used {
  charts: readonly UsedChart[];
  bases: readonly UsedBase[];
}

export interface Brought extends Used {
  /** By `treeKey`. */
  trees: ReadonlyMap<string, SourceTree>;
  /** By URL. */
  files: ReadonlyMap<string, Uint8Array>;
}

/** Another repository's files, as far as a render reads them. */
export interface ForeignSource {
  tree: SourceTree;
  asked: InputPath[];
  closed: ClosedPath[];
  /** From the root of the source's own export. */
  at: string;
}

/** The part of the context that brings things, and what it brought by the time somebody looks. */
export function bringing(
  { charts, bases }: Fetchers,
  signal: AbortSignal,
): { lent: Pick<InputsContext, "fetchChart" | "fetchTree" | "fetchFile">; brought: Brought } {
  // In the order in which they were asked for, whichever comes first.
  const usedCharts = new Map<number, UsedChart>();
  let fetches = 0;
  // All of it is in memory at once.
  const room = new Room();
  const usedBases: UsedBase[] = [];
  const trees = new Map<string, SourceTree>();
  const files = new Map<string, Uint8Array>();
  return {
    lent: {
      async fetchChart(chart, how) {
        if (charts === undefined)
          throw nothingFetched(`the chart ${chart.name}`, chart.repoURL, "Put it into the charts folder");
        const place = fetches++;
        const { archive, ...found } = await charts.fetch(chart, signal);
        room.take(archive.length, `the chart ${chart.name}`, FEWER_FETCHED);
        usedCharts.set(place, { asked: chart, found, ...how });
        return { archive, ...found };
      },
      async fetchTree(asked, { by }) {
        if (bases === undefined) throw nothingFetched("it", asked.repoURL, COPY);
        const { tree, ...found } = await bases.fetchTree(asked, signal);
        usedBases.push({ is: "tree", asked, found, by });
        trees.set(treeKey(asked), tree);
        return { tree, ...found };
      },
      async fetchFile(url, { by }) {
        if (bases === undefined) throw nothingFetched("it", url, COPY);
        const { content, ...found } = await bases.fetchFile(url, signal);
        if (!files.has(url)) room.take(content.length, withoutUserinfo(url), FEWER_FETCHED);
        refuseEncrypted(url, content);
        usedBases.push({ is: "file", asked: url, found, by });
        files.set(url, content);
        return { content, ...found };
      },
    },
    brought: {
      bases: usedBases,
      trees,
      files,
      get charts() {
        return [...usedCharts].sort(([a], [b]) => a - b).map(([, used]) => used);
      },
    },
  };
}

/** The repositories among what a render reads, with their links followed: none leads out of its own. */
export async function foreignSources(
  fetched: readonly FetchedInput[],
  { trees }: Pick<Brought, "trees">,
): Promise<ReadonlyMap<string, ForeignSource>> {
  const sources = new Map<string, ForeignSource>();
  for (const one of fetched) {
    if (!("tree" in one)) continue;
    const key = treeKey(one.tree);
    const tree = trees.get(key);
    if (tree === undefined) throw new Error(`${one.at} was not brought by fetchTree`);
    sources.set(key, { tree, asked: one.paths, at: one.at, closed: await closeLinks(tree, one.paths) });
  }
  return sources;
}

export function treeKey({ repoURL, revision }: ForeignTree): string {
  return `${repoURL} ${revision}`;
}

/** Where it would be decrypted nobody has said: it would go to the cluster as it is. */
function refuseEncrypted(url: string, content: Uint8Array): void {
  if (Buffer.from(content.buffer, content.byteOffset, content.length).includes("ENC[AES256_GCM,"))
    throw new Failure("invalid-spec", withoutUserinfo(url), "after-edit", {
      cannot: "render",
      why: "it is encrypted, and only files of repositories are decrypted",
      fix: "Put it into a repository and name it by its path there",
    });
}

const COPY = "Copy it into the repository and name it by its path";

function nothingFetched(what: string, url: string, fix: string): Failure {
  return new Failure("artifact-unreachable", withoutUserinfo(url), "after-edit", {
    cannot: `fetch ${what}`,
    why: "nothing is fetched here",
    fix,
  });
}
