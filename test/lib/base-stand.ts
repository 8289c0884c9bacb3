/** Kustomizations over real Git servers: rendered by us, and by plain kustomize, which fetches by itself. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ArtifactPlaces } from "../../src/artifacts/artifacts.ts";
import { asFailure, type Failure } from "../../src/core/model/failure.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { GitRequest } from "../../src/core/ports/git.ts";
import type { BaseFetcher, RenderAsk, Rendered } from "../../src/core/ports/renderers.ts";
import { type BaseParts, baseFetcher, refusalOfBase } from "../../src/engine/target/base-fetcher.ts";
import { type RepositoryEntry, repositoryAccess } from "../../src/engine/target/repository-access.ts";
import { Repositories } from "../../src/git/repositories.ts";
import { systemClock } from "../../src/lib/system-clock.ts";
import { parseYaml } from "../../src/lib/yaml.ts";
import { applicationOf, askFor, type RenderHost, renderHost, silent, type ToolSet } from "./render-host.ts";
import { type SourceFolder, sourceFolder } from "./source-folder.ts";

export interface BaseStand {
  host: RenderHost;
  source: SourceFolder;
  entries: RepositoryEntry[];
  remoteBases: string[];
  /** What was asked of Git, in order. */
  asked: GitRequest[];
  fetcher(changes?: Partial<BaseParts>): BaseFetcher;
  render(changes?: Partial<RenderAsk>): Promise<Rendered>;
  /** In the order in which they came out. */
  objects(changes?: Partial<RenderAsk>): Promise<KubeObject[]>;
  failure(changes?: Partial<RenderAsk>): Promise<Failure>;
  /** What the tool makes of the folder `app` when it may fetch by itself. */
  plain(argv?: readonly string[]): Promise<KubeObject[]>;
  close(): Promise<void>;
}

/** @param ca of the servers that plain kustomize and its git trust */
export async function baseStand(
  tools: ToolSet,
  {
    ca,
    fetchTimeoutMs = 10_000,
    maxPackBytes,
  }: { ca?: string; fetchTimeoutMs?: number; maxPackBytes?: number } = {},
): Promise<BaseStand> {
  const host = await renderHost(tools);
  const source = sourceFolder();
  const parts = {
    dataDir: join(host.folder, "data"),
    clock: systemClock,
    log: silent,
    timeoutMs: 2_000,
    fetchTimeoutMs,
  };
  const git = new Repositories({
    ...parts,
    systemGit: Bun.which("git") ?? undefined,
    env: { PATH: process.env["PATH"] ?? "" },
    ...(maxPackBytes === undefined ? {} : { maxPackBytes }),
  });
  const artifacts = new ArtifactPlaces(parts);
  const asked: GitRequest[] = [];
  git.onRequest((request) => asked.push(request));
  const certificates = join(host.folder, "ca.pem");
  if (ca !== undefined) writeFileSync(certificates, ca);
  const stand: BaseStand = {
    host,
    source,
    entries: [],
    remoteBases: ["https://**"],
    asked,
    fetcher: (changes = {}) =>
      baseFetcher({
        git,
        artifacts,
        access: (url, type) => repositoryAccess(url, stand.entries, type),
        refuse: (url) =>
          refusalOfBase(url, { remoteBases: stand.remoteBases, repositories: stand.entries }, undefined),
        look: "latest",
        since: Date.now(),
        now: () => Date.now(),
        before: [],
        ...changes,
      }),
    render: async (changes = {}) =>
      host.renderers.render(
        askFor(applicationOf({ path: "app" }), await source.tree(), { bases: stand.fetcher(), ...changes }),
      ),
    objects: async (changes) => objectsOf(await stand.render(changes)),
    failure: (changes) =>
      stand.render(changes).then(
        () => {
          throw new Error("it rendered");
        },
        (cause: unknown) => asFailure(cause, "it", "render"),
      ),
    async plain(argv = []) {
      const home = join(host.folder, "home");
      mkdirSync(home, { recursive: true });
      const { kustomize, kubectl } = tools.programs;
      const words = kustomize === undefined ? [kubectl ?? "", "kustomize"] : [kustomize, "build"];
      const child = Bun.spawn([...words, "app", ...argv], {
        cwd: source.path,
        env: {
          // `git submodule`, which kustomize calls, is a script of the shell: wherever git is, what it needs is too.
          PATH: `${process.env["PATH"] ?? ""}:/usr/bin:/bin`,
          HOME: home,
          GIT_CONFIG_NOSYSTEM: "1",
          GIT_SSL_CAINFO: certificates,
          SSL_CERT_FILE: certificates,
          GIT_TERMINAL_PROMPT: "0",
        },
        stdout: "pipe",
        stderr: "pipe",
      });
      const [out, error, code] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
        child.exited,
      ]);
      if (code !== 0) throw new Error(`${words.join(" ")}: ${error}`);
      return valuesOf(out);
    },
    async close() {
      await Promise.all([git.stop(), artifacts.stop()]);
      host.remove();
      source.dispose();
    },
  };
  return stand;
}

function objectsOf({ documents }: Rendered): KubeObject[] {
  return documents.flatMap((of) => of.documents).flatMap(({ text }) => valuesOf(text));
}

function valuesOf(text: string): KubeObject[] {
  return parseYaml(text).documents.map(({ value }) => value as KubeObject);
}
