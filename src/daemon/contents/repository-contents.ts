/** Looks into repositories for whoever is about to write an Application: what there is, and what would be made of it. */
import type { Application } from "../../core/model/application.ts";
import { Failure } from "../../core/model/failure.ts";
import type { RepositoryAccess, RepositoryType } from "../../core/model/repository-access.ts";
import { revealed } from "../../core/model/revealed.ts";
import { type Source, sourceKind } from "../../core/model/source.ts";
import type { Artifacts, Catalogue, ListedChart } from "../../core/ports/artifacts.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Git } from "../../core/ports/git.ts";
import type { LocatedSource, RenderAsk, Renderers } from "../../core/ports/renderers.ts";
import type {
  RepositoryContents as Contents,
  FoundFolder,
  LookedFor,
  Sees,
  SourceDetails,
} from "../../core/ports/repository-contents.ts";
import type { RepositoryId } from "../../core/ports/repository-desk.ts";
import { resolveSource } from "../../engine/target/locate.ts";
import { canonicalJson } from "../../lib/canonical-json.ts";
import { hashText } from "../../lib/hash.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { Lru } from "../../lib/lru.ts";
import { withoutUserinfo } from "../../lib/url-userinfo.ts";
import { parseYaml } from "../../lib/yaml.ts";
import type { SourceTyping } from "../../render/renderers.ts";
import type { RepositoryBook } from "../repository-book.ts";
import type { RepositoryLooks } from "../repository-looks.ts";
import { chartDetails } from "./chart-details.ts";
import { foundFolders } from "./found-folders.ts";

/** Lists of folders that are kept: a form asks for the same one again and again. */
const MOST_KEPT = 20;

export interface ContentsParts {
  git: Pick<Git, "resolve" | "tree">;
  artifacts: Pick<Artifacts, "resolve" | "tree" | "catalogue">;
  renderers: Pick<Renderers, "render"> & SourceTyping;
  looks: Pick<RepositoryLooks, "inTime">;
  book: Pick<RepositoryBook, "entry" | "reachOf">;
  clock: Clock;
  homeNamespace: string;
}

export class RepositoryContents implements Contents {
  readonly #folders = new Lru<string, readonly FoundFolder[]>(MOST_KEPT);

  constructor(private readonly parts: ContentsParts) {}

  async charts(id: RepositoryId): Promise<readonly ListedChart[]> {
    const catalogue = await this.#catalogue(this.parts.book.entry(id, "list its charts"), "helm");
    return catalogue.is === "charts" ? catalogue.charts : [];
  }

  async tags(id: RepositoryId): Promise<readonly string[]> {
    const catalogue = await this.#catalogue(this.parts.book.entry(id, "list its tags"), "oci");
    return catalogue.is === "tags" ? catalogue.tags : [];
  }

  async folders(
    url: string,
    revision: string,
    { project }: LookedFor,
    sees: Sees,
  ): Promise<readonly FoundFolder[]> {
    if (sourceKind({ repoURL: url }) !== "git")
      throw wrongKind(url, "tell which folders it has", "it is no Git repository", "Ask for its tags");
    const access = this.parts.book.reachOf(project, sees)(url, "git");
    return this.parts.looks.inTime(access, async () => {
      const { commit } = await this.parts.git.resolve(access, revision, {
        freshness: "latest",
        interest: "once",
      });
      const key = `${commit} ${hashText(canonicalJson(revealed(access)))}`;
      const known = this.#folders.get(key);
      if (known !== undefined) return known;
      const found = await foundFolders(await this.parts.git.tree(access, commit), withoutUserinfo(url));
      this.#folders.set(key, found);
      return found;
    });
  }

  async details(source: Source, { project, app }: LookedFor, sees: Sees): Promise<SourceDetails> {
    const kind = sourceKind(source);
    const reach = this.parts.book.reachOf(project, sees);
    const access = reach(source.repoURL, kind === "helm-chart" ? "helm" : kind);
    return this.parts.looks.inTime(access, async () => {
      const located = await this.#located(source, reach);
      const ask = { ...this.#asked(located, project, app), cache: "use", commits: "not merged" } as const;
      const { type, request } = await this.parts.renderers.typed(ask);
      if (type === "Helm") return { type, ...(await chartDetails(request)) };
      if (type !== "Kustomize") return { type, warnings: [] };
      return { type, ...(await this.#images(ask)) };
    });
  }

  async #located(source: Source, reach: ReturnType<RepositoryBook["reachOf"]>): Promise<LocatedSource> {
    const { git, artifacts, clock } = this.parts;
    const found = await resolveSource(source, source.targetRevision ?? "", this.parts, {
      look: "latest",
      since: clock.now(),
      access: reach,
    });
    const tree =
      "artifact" in found
        ? artifacts.tree(found.artifact)
        : await git.tree(found.repository, found.revision.commit);
    return { source, revision: found.revision, tree };
  }

  #asked(
    located: LocatedSource,
    project: string,
    app: string,
  ): Pick<RenderAsk, "app" | "sources" | "cluster"> {
    const [name = "", namespace = this.parts.homeNamespace] = app.split("/").reverse();
    const asked: Application = {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: { namespace, name: name === "" ? "new" : name },
      spec: { project, source: located.source, destination: {} },
    };
    return { app: asked, sources: [located], cluster: { kubeVersion: "", apiVersions: [] } };
  }

  /** Of what it renders to: which images there are no file of it tells. What it names elsewhere is not brought. */
  async #images(ask: RenderAsk): Promise<Pick<SourceDetails, "kustomize" | "warnings">> {
    try {
      const { documents } = await this.parts.renderers.render(ask);
      const objects = documents.flatMap(({ documents: all }) =>
        all.flatMap(({ text }) => parseYaml(text).documents.map(({ value }) => value)),
      );
      return { kustomize: { images: [...new Set(objects.flatMap(imagesIn))].sort() }, warnings: [] };
    } catch (cause) {
      if (!(cause instanceof Failure)) throw cause;
      return { kustomize: { images: [] }, warnings: [`its images are not told: ${cause.why}`] };
    }
  }

  async #catalogue(access: RepositoryAccess, type: RepositoryType): Promise<Catalogue> {
    if ((access.type ?? "git") !== type)
      throw type === "helm"
        ? wrongKind(
            access.url,
            "list its charts",
            "it is no chart repository",
            "Ask for its refs or its tags",
          )
        : wrongKind(access.url, "list its tags", "it is no registry", "Ask for its refs or its charts");
    return this.parts.looks.inTime(access, () => this.parts.artifacts.catalogue(access));
  }
}

/** Of containers, wherever a Pod is written. */
function imagesIn(object: unknown): string[] {
  if (Array.isArray(object)) return object.flatMap(imagesIn);
  if (!isMapping(object)) return [];
  return Object.entries(object).flatMap(([key, value]) =>
    /^(?:containers|initContainers)$/.test(key) && Array.isArray(value)
      ? value.flatMap((one) => (isMapping(one) && typeof one["image"] === "string" ? [one["image"]] : []))
      : imagesIn(value),
  );
}

function wrongKind(url: string, cannot: string, why: string, fix: string): Failure {
  return new Failure("refused", withoutUserinfo(url), "after-edit", { cannot, why, fix });
}
