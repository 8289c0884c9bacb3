export interface TreeEntry {
  name: string;
  kind: "file" | "folder" | "link" | "submodule";
  oid: string;
}

/**
 * The files of one commit, read from the object store without a checkout, or of an artifact. Paths are relative to the
 * root, with `/`, normalised; "" is the root. Reads never follow a link out of it.
 */
export interface SourceTree {
  /**
   * Object id of the file or folder there, undefined where there is none. Answers from memory once a folder
   * was read.
   */
  oid(path: string): Promise<string | undefined>;
  entry(path: string): Promise<TreeEntry | undefined>;
  /** @throws {Failure} git-path where `path` is no folder */
  list(path: string): Promise<TreeEntry[]>;
  /**
   * Content of a file; links are followed while they stay inside the repository.
   * @throws {Failure} git-path, path-outside-source
   */
  read(path: string): Promise<Uint8Array>;
  /**
   * What a link says, as stored. Where this is missing, sources that hold links cannot be rendered.
   * @throws {Failure} git-path where `path` is no link
   */
  readLink?(path: string): Promise<string>;
}
