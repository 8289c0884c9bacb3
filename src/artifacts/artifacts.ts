/** The `Artifacts` port: chart repositories, registries and single files, what they give kept by digest and looked through. */
import { join } from "node:path";
import { Failure } from "../core/model/failure.ts";
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import type { Digest } from "../core/model/source-revision.ts";
import type {
  ArtifactAsk,
  ArtifactReference,
  ArtifactRequest,
  Artifacts,
  Catalogue,
  Holding,
  ResolvedArtifact,
} from "../core/ports/artifacts.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { ImageRegistry } from "../core/ports/image-registry.ts";
import type { Log } from "../core/ports/log.ts";
import type { SourceTree, TreeEntry } from "../core/ports/source-tree.ts";
import { defined } from "../lib/defined.ts";
import { Lru } from "../lib/lru.ts";
import { SharedWork } from "../lib/shared-work.ts";
import { Slots } from "../lib/slots.ts";
import { withoutUserinfo } from "../lib/url-userinfo.ts";
import { LentLogins } from "../remote/lent/lent-logins.ts";
import type { LookUp } from "../remote/reach.ts";
import { ArtifactStore } from "./artifact-store.ts";
import { placeKey } from "./credentials.ts";
import { HelmRepositories } from "./helm-repository/helm-repositories.ts";
import { OciImages } from "./oci/oci-images.ts";
import { OciRegistries } from "./oci/oci-registries.ts";
import { openArchive } from "./open-archive.ts";
import type { PackedTree } from "./packed-tree.ts";
import { digestOf } from "./place.ts";
import { WebFiles } from "./web-files.ts";

export interface ArtifactOptions {
  /** Archives and indexes live in its folder `artifacts`. */
  dataDir: string;
  clock: Clock;
  log: Log;
  /** Longest silence of a server. Default 30,000. */
  timeoutMs?: number;
  /** Longest download. Default 300,000. */
  fetchTimeoutMs?: number;
  /** Default: the machine's own. */
  lookUp?: LookUp;
  /** Of the daemon: says who its Pod is to a cloud that lends logins. Default: nothing. */
  environment?: Readonly<Record<string, string | undefined>>;
}

/** Downloads at once, of all places: a daemon that starts wants everything. */
const MAX_FETCHES = 8;
/** Of them of one server; DS-9. */
const MAX_FETCHES_OF_ONE = 4;
const MAX_HOSTS = 1_000;
/** Unpacked archives kept in memory, in bytes. */
const MEMORY_BYTES = 32 * 1024 * 1024;

interface Opened {
  packed: Uint8Array;
  tree: PackedTree;
}

export class ArtifactPlaces implements Artifacts {
  /** What registries hold of images, of which nothing is brought here. */
  readonly images: ImageRegistry;
  readonly #store: ArtifactStore;
  readonly #charts: HelmRepositories;
  readonly #registries: OciRegistries;
  readonly #files: WebFiles;
  readonly #opened = new Lru<string, Opened>(MEMORY_BYTES, ({ packed, tree }) => packed.length + tree.size);
  readonly #opening = new SharedWork<string, Opened>();
  readonly #listeners: ((request: ArtifactRequest) => void)[] = [];
  readonly #stopping = new AbortController();
  readonly #fetching = new Slots(MAX_FETCHES);
  readonly #fetchingByHost = new Lru<string, Slots>(MAX_HOSTS);

  constructor(options: ArtifactOptions) {
    const {
      dataDir,
      clock,
      log,
      timeoutMs = 30_000,
      fetchTimeoutMs = 300_000,
      lookUp,
      environment = {},
    } = options;
    const folder = join(dataDir, "artifacts");
    this.#store = new ArtifactStore(folder, clock, log);
    const parts = {
      store: this.#store,
      clock,
      log,
      timeoutMs,
      fetchTimeoutMs,
      signal: this.#stopping.signal,
      ...defined({ lookUp }),
      lent: new LentLogins({
        clock,
        timeoutMs,
        environment,
        codes: { unreachable: "artifact-unreachable", auth: "artifact-auth" },
        ...defined({ lookUp }),
      }),
      told: (request: ArtifactRequest) => {
        for (const listener of this.#listeners) listener(request);
      },
    };
    this.images = new OciImages(parts);
    this.#registries = new OciRegistries({ ...parts, folder: join(folder, "tags") });
    this.#charts = new HelmRepositories({ ...parts, folder: join(folder, "indexes") }, this.#registries);
    this.#files = new WebFiles({ ...parts, folder: join(folder, "files") });
  }

  async resolve(reference: ArtifactReference, ask: ArtifactAsk): Promise<ResolvedArtifact> {
    switch (reference.kind) {
      case "helm-chart":
        return this.#charts.resolve(reference, ask);
      case "oci":
        return this.#registries.resolve(reference, ask);
      case "file":
        return this.#files.resolve(reference, ask);
    }
  }

  async look(repository: RepositoryAccess): Promise<Holding> {
    return repository.type === "oci" ? this.#registries.look(repository) : this.#charts.look(repository);
  }

  async catalogue(repository: RepositoryAccess): Promise<Catalogue> {
    return repository.type === "oci"
      ? { is: "tags", tags: await this.#registries.tags(repository) }
      : { is: "charts", charts: await this.#charts.charts(repository) };
  }

  tree(artifact: ResolvedArtifact, signal?: AbortSignal): SourceTree {
    return new TreeOnDemand(artifact.digest, async () => (await this.#open(artifact, signal)).tree);
  }

  async packed(artifact: ResolvedArtifact, signal?: AbortSignal): Promise<Uint8Array> {
    if (artifact.archive.holds === "itself")
      return this.#bytes(
        artifact,
        AbortSignal.any([this.#stopping.signal, ...(signal === undefined ? [] : [signal])]),
      );
    return (await this.#open(artifact, signal)).packed;
  }

  onRequest(listener: (request: ArtifactRequest) => void): void {
    this.#listeners.push(listener);
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error("the daemon stops"));
    await this.#opening.settled();
  }

  async #open(artifact: ResolvedArtifact, signal?: AbortSignal): Promise<Opened> {
    const { digest, holds } = artifact.archive;
    const place = placeKey(artifact.reference);
    const key = `${place} ${holds} ${digest}`;
    const known = this.#opened.get(key);
    if (known !== undefined) {
      void this.#store.used(digest, place);
      return known;
    }
    return this.#opening.run(key, signal, async (shared) => {
      const packed = await this.#bytes(artifact, AbortSignal.any([shared, this.#stopping.signal]));
      const opened = { packed, tree: await openArchive(packed, holds, nameOf(artifact)) };
      this.#opened.set(key, opened);
      return opened;
    });
  }

  /** @throws {Failure} artifact-refused where the server gives something else than its digest says */
  async #bytes(artifact: ResolvedArtifact, signal: AbortSignal): Promise<Uint8Array> {
    const { digest } = artifact.archive;
    const place = placeKey(artifact.reference);
    const kept = await this.#store.get(digest, place);
    if (kept !== undefined) return kept;
    const ofServer = this.#fetchingFrom(artifact.reference.repository.url);
    const content = await ofServer.hold(
      () => this.#fetching.hold(() => this.#fetch(artifact, signal), signal),
      signal,
    );
    const found = digestOf(content);
    if (found !== digest) throw otherContent(artifact, found);
    await this.#store.put(digest, place, content);
    return content;
  }

  /** One that is slow leaves room for the others. */
  #fetchingFrom(url: string): Slots {
    const host = /^(?:[a-z][a-z0-9+.-]*:\/\/)?(?:[^/@]*@)?([^/]*)/i.exec(url)?.[1]?.toLowerCase() ?? "";
    const known = this.#fetchingByHost.get(host) ?? new Slots(MAX_FETCHES_OF_ONE);
    this.#fetchingByHost.set(host, known);
    return known;
  }

  #fetch(artifact: ResolvedArtifact, signal: AbortSignal): Promise<Uint8Array> {
    switch (artifact.reference.kind) {
      case "helm-chart":
        return this.#charts.fetch(artifact, signal);
      case "oci":
        return this.#registries.fetch(artifact, signal);
      case "file":
        return this.#files.fetch(artifact);
    }
  }
}

/** Nothing is fetched before somebody looks: who knows the digest often need not. */
class TreeOnDemand implements SourceTree {
  #tree: Promise<SourceTree> | undefined;

  constructor(
    private readonly digest: Digest,
    private readonly open: () => Promise<SourceTree>,
  ) {}

  async oid(path: string): Promise<string | undefined> {
    return path === "" ? this.digest : (await this.#opened()).oid(path);
  }

  async entry(path: string): Promise<TreeEntry | undefined> {
    return (await this.#opened()).entry(path);
  }

  async list(path: string): Promise<TreeEntry[]> {
    return (await this.#opened()).list(path);
  }

  async read(path: string): Promise<Uint8Array> {
    return (await this.#opened()).read(path);
  }

  async readLink(path: string): Promise<string> {
    return (await this.#opened()).readLink?.(path) ?? "";
  }

  /** What failed is tried again by whoever looks next. */
  #opened(): Promise<SourceTree> {
    this.#tree ??= this.open().catch((cause: unknown) => {
      this.#tree = undefined;
      throw cause;
    });
    return this.#tree;
  }
}

/** `redis 17.3.2 of https://charts.example.com` */
function nameOf({ reference, version }: Pick<ResolvedArtifact, "reference" | "version">): string {
  const url = withoutUserinfo(reference.repository.url);
  return reference.chart === undefined ? `${url} ${version}` : `${reference.chart} ${version} of ${url}`;
}

function otherContent(artifact: ResolvedArtifact, found: Digest): Failure {
  return new Failure("artifact-refused", nameOf(artifact), "backoff", {
    cannot: "use its archive",
    why: `its digest is ${found}, and ${artifact.archive.digest} was announced`,
    fix: "Look at the server: what it gives is damaged, or was published anew without its index",
  });
}
