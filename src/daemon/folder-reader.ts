import {
  ApplicationFolders,
  type ReadApplications,
  type ReadOptions,
} from "../config/application-folders.ts";
import { watchFiles } from "../config/watch-files.ts";

/** Reads the application folders when something changes in them, when it is asked to, and when a reading says that another would tell more. */
export class FolderReader {
  readonly #folders: ApplicationFolders;
  #paths: readonly string[] = [];
  #watching = new AbortController();
  #again: ReturnType<typeof setTimeout> | undefined;

  constructor(
    options: ReadOptions,
    private readonly onRead: (reading: ReadApplications) => void,
  ) {
    this.#folders = new ApplicationFolders(options);
  }

  /** From now on these, and read at once. */
  follow(paths: readonly string[]): void {
    this.stop();
    this.#paths = paths;
    this.#watching = new AbortController();
    // Watched first, read then: what changes in between is read again.
    watchFiles(paths, () => this.read(), this.#watching.signal);
    this.read();
  }

  read(): void {
    clearTimeout(this.#again);
    const reading = this.#folders.read(this.#paths);
    if (reading.againInMs !== undefined)
      this.#again = setTimeout(() => this.read(), reading.againInMs).unref();
    this.onRead(reading);
  }

  stop(): void {
    this.#watching.abort();
    clearTimeout(this.#again);
  }
}
