import { Failure } from "../core/model/failure.ts";

/** Of one render; DS-3. */
const MOST_BYTES = 256 * 1024 * 1024;

/** How much one render may still hold: its own files, other repositories' and what was fetched are one sum. */
export class Room {
  #bytes = 0;

  constructor(private readonly most: number = MOST_BYTES) {}

  /**
   * @param fix what to do where there is no room for it
   * @throws {Failure} render
   */
  take(bytes: number, path: string, fix: string): void {
    this.#bytes += bytes;
    if (this.#bytes > this.most)
      throw new Failure("render", path, "after-edit", {
        cannot: "render",
        why: `with it the inputs are larger than ${this.most >> 20} MiB`,
        fix,
      });
  }
}

export const SMALLER_FOLDER = "Name a smaller folder as the source's path";
export const FEWER_FETCHED = "Fetch fewer or smaller files, charts and bases from elsewhere";
