import { Failure } from "../core/model/failure.ts";

/** Of one render; DS-3. */
const MOST_BYTES = 256 * 1024 * 1024;
/** Empty ones take room too: of the disk's table of files, and of time. */
const MOST_FILES = 100_000;

/** How much one render may still hold: its own files, other repositories' and what was fetched are one sum. */
export class Room {
  #bytes = 0;
  #files = 0;

  constructor(private readonly most = { bytes: MOST_BYTES, files: MOST_FILES }) {}

  /**
   * Of one file.
   * @param fix what to do where there is no room for it
   * @throws {Failure} render
   */
  take(bytes: number, path: string, fix: string): void {
    this.#bytes += bytes;
    this.#files += 1;
    const { most } = this;
    const why =
      this.#bytes > most.bytes
        ? `with it the inputs are larger than ${most.bytes >> 20} MiB`
        : this.#files > most.files
          ? `with it the inputs are more than ${most.files} files`
          : undefined;
    if (why !== undefined) throw new Failure("render", path, "after-edit", { cannot: "render", why, fix });
  }
}

export const SMALLER_FOLDER = "Name a smaller folder as the source's path";
export const FEWER_FETCHED = "Fetch fewer or smaller files, charts and bases from elsewhere";
