import type { Asker } from "../core/access/asker.ts";
import { ApiError } from "./api-error.ts";

export interface PlaceLimits {
  /** Of everybody together. */
  all: number;
  /** Of one who asks, however many sessions and tokens that are. */
  each: number;
  /** Of `all`, for whoever looks after accounts: they come in when others have taken the rest. */
  kept: number;
}

/** What is open at once. Who asks by the daemon's own token, or owns the machine, is everybody where nobody else is known. */
export class OpenPlaces {
  #open = 0;
  readonly #byName = new Map<string, number>();

  /** @param what "streams are open", for the sentence */
  constructor(
    private readonly what: string,
    private readonly limits: PlaceLimits,
  ) {}

  /**
   * @returns gives the place back; a second time does nothing
   * @throws {ApiError} 429
   */
  take(who: Asker): () => void {
    const { all, each, kept } = this.limits;
    const { name, isAlmighty } = who;
    const own = this.#byName.get(name) ?? 0;
    if (!isAlmighty && own >= each)
      throw new ApiError("ResourceExhausted", `${each} ${this.what} already that ${name} asked for: end one`);
    const isKeptFor = isAlmighty || who.may("accounts", "update", "*");
    if (this.#open >= (isKeptFor ? all : all - kept))
      throw new ApiError(
        "ResourceExhausted",
        `as many ${this.what} already as there may be: try again later`,
      );
    this.#open += 1;
    this.#byName.set(name, own + 1);
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      this.#open -= 1;
      const left = (this.#byName.get(name) ?? 1) - 1;
      if (left === 0) this.#byName.delete(name);
      else this.#byName.set(name, left);
    };
  }
}
