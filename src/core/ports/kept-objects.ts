import type { AppKey } from "../model/application.ts";
import type { KeptObject } from "../model/kept-object.ts";

/** What prunes deleted, to be made again. Bounded in number and size; durable, as `Store` says. */
export interface KeptObjects {
  /**
   * @returns its id, and those that fell because there is room for so many only, the oldest first. One that is larger
   * than all of the room falls itself
   */
  keepObject(object: Omit<KeptObject, "id">): { id: number; fallen: KeptObject[] };
  /** The newest first. */
  keptObjects(app: AppKey): KeptObject[];
  /** Forgets those that were kept before. @param at RFC 3339, UTC, without fractions */
  dropKeptBefore(at: string): void;
}
