import type { RepositoryAccess } from "../model/repository-access.ts";

/** What a tag names now. */
export interface NamedImage {
  /** `sha256:…` of its manifest, or of the index of all its platforms. */
  digest: string;
  /** Whether it is there for one of the platforms that were asked for. */
  platform: "there" | "not-there";
  /** Milliseconds since 1970: when it was built, for those platforms the newest; absent where it does not say. */
  built?: number;
}

/** What registries hold of images. `repository.url`: `oci://host/path`. */
export interface ImageRegistry {
  /**
   * All tags of a repository.
   * @param asOf milliseconds since 1970: what was said then or later is new enough
   * @throws {Failure} artifact-unreachable, artifact-auth (both with `retryAfterMs`), artifact-refused, invalid-spec
   */
  tags(repository: RepositoryAccess, asOf: number): Promise<readonly string[]>;
  /** The digest that a tag names; undefined where there is none. @throws {Failure} as `tags` */
  digest(repository: RepositoryAccess, tag: string, asOf: number): Promise<string | undefined>;
  /**
   * What lies behind a tag, which takes up to three requests, and later none. @param platforms none: any
   * @returns undefined where there is no such tag
   * @throws {Failure} as `tags`; artifact-refused where it is no image, or is not what its digest says
   */
  image(
    repository: RepositoryAccess,
    tag: string,
    platforms: readonly string[],
    asOf: number,
  ): Promise<NamedImage | undefined>;
}
