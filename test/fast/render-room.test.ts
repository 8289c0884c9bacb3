/** How much one render may hold, wherever it comes from: all of it is one sum. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import type { CommitSha } from "../../src/core/model/commit-sha.ts";
import type { Digest } from "../../src/core/model/source-revision.ts";
import type { BaseFetcher, ChartFetcher } from "../../src/core/ports/renderers.ts";
import type { SourceTree } from "../../src/core/ports/source-tree.ts";
import { defineRenderer, type FetchedInput, type InputsContext } from "../../src/plugin/contract.ts";
import {
  applicationOf,
  askFor,
  builtIns,
  npmToolSets,
  type RenderHost,
  renderHost,
} from "../lib/render-host.ts";
import { type SourceFolder, sourceFolder } from "../lib/source-folder.ts";

const [tools] = await npmToolSets();
if (tools === undefined) throw new Error("no tools");
const MIB = 1024 * 1024;
const DIGEST = `sha256:${"0".repeat(64)}`;
const REPOSITORY = { repoURL: "https://git.example.com/base", revision: "main" };
/** As much as fits alone: what must not be written beside anything else. Never touched, it takes no memory. */
const FULL = new Uint8Array(256 * MIB);
const LARGE = FULL.subarray(0, 200 * MIB);

let host: RenderHost, repository: SourceFolder, other: SourceFolder;
let brings: (context: InputsContext) => Promise<readonly FetchedInput[]>;
const hungry = defineRenderer({
  name: "hungry",
  sourceType: "Plugin",
  claims: async () => "asked-for",
  inputs: async ({ path }, context) => ({
    paths: [{ path }],
    fetched: await brings(context),
    capabilities: "unused",
    tool: "",
  }),
  async render(_, context) {
    await context.export();
    return { documents: [], problems: [] };
  },
});

beforeEach(async () => {
  host = await renderHost(tools, {
    renderers: [...builtIns, { renderer: hungry, fingerprint: "1", from: "operator" }],
  });
  repository = sourceFolder({ "app/own.bin": "own", "none/empty": "" });
  other = sourceFolder({ "file.bin": "theirs", empty: "" });
});
afterEach(() => {
  host.remove();
  repository.dispose();
  other.dispose();
});

async function render(path = "app"): Promise<string> {
  const foreign: SourceTree = await other.tree();
  const bases: BaseFetcher = {
    findTree: () => Promise.reject(new Error("nobody asks")),
    findFile: () => Promise.reject(new Error("nobody asks")),
    fetchTree: async () => ({
      commit: "0".repeat(40) as CommitSha,
      ref: "refs/heads/main",
      heardAt: 0,
      tree: foreign,
    }),
    fetchFile: async () => ({ digest: DIGEST as Digest, content: LARGE }),
  };
  const charts: ChartFetcher = {
    find: () => Promise.reject(new Error("nobody asks")),
    fetch: async ({ repoURL, version }) => ({ repoURL, version, digest: DIGEST, archive: LARGE }),
  };
  return host.renderers
    .render(askFor(applicationOf({ path }), await repository.tree(), { bases, charts }))
    .then(
      () => "rendered",
      (cause: unknown) => String(cause),
    );
}

const TOO_LARGE = "with it the inputs are larger than 256 MiB";
const full: FetchedInput = { at: "fetched", digest: DIGEST, archive: FULL };
const tree = (path: string): FetchedInput => ({ at: "other", tree: REPOSITORY, paths: [{ path }] });
const file = (url: string) => (context: InputsContext) => context.fetchFile(url, { by: "it" });

test.each<{ name: string; path?: string; bring: typeof brings }>([
  { name: "what is fetched counts with what is the source's own", bring: async () => [full] },
  {
    name: "what is fetched counts with another repository's files",
    path: "none",
    async bring(context) {
      await context.fetchTree(REPOSITORY, { by: "it" });
      return [tree("file.bin"), full];
    },
  },
  {
    name: "the files of one archive count too",
    bring: async () => [{ at: "fetched", digest: DIGEST, files: () => [{ path: "a", content: FULL }] }],
  },
  {
    name: "files at addresses are one sum before anything is written",
    async bring(context) {
      await file("https://a.example.com/a")(context);
      await file("https://a.example.com/b")(context);
      return [];
    },
  },
  {
    name: "files and charts are one sum",
    async bring(context) {
      await context.fetchChart(
        { repoURL: "https://charts.example.com", name: "web", version: "1.0.0" },
        { version: "locked", by: "it" },
      );
      await file("https://a.example.com/a")(context);
      return [];
    },
  },
])("$name", async ({ path, bring }) => {
  brings = bring;
  expect(await render(path)).toContain(TOO_LARGE);
});

test("one file that is asked for twice counts once, and every render has a sum of its own", async () => {
  brings = async (context) => {
    await file("https://a.example.com/a")(context);
    await file("https://a.example.com/a")(context);
    await context.fetchTree(REPOSITORY, { by: "it" });
    return [tree("file.bin")];
  };
  expect([await render(), await render("none")]).toEqual(["rendered", "rendered"]);
});
