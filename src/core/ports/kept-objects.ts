import type { AppKey } from "../model/application.ts";
import type { KeptNote, KeptObject } from "../model/kept-object.ts";

/** What was deleted, to be made again. Bounded in number and size; durable, as `Store` says. */
export interface KeptObjects {
  /**
   * @param insteadOf id of what was kept of this same object before
   * @returns its id, and those that fell because there is room for so many only, the oldest first. One that is larger
   * than all of the room falls itself
   */
  keepObject(object: Omit<KeptObject, "id">, insteadOf?: number): { id: number; fallen: KeptNote[] };
  /** The newest first. */
  keptObjects(app: AppKey): KeptObject[];
  /** As `keptObjects`, without what they held: that may be megabytes. */
  keptNotes(app: AppKey): KeptNote[];
  /** When the oldest of all was kept, RFC 3339; undefined where there is none. */
  oldestKept(): string | undefined;
  /** Forgets those that were kept before. @param at RFC 3339, UTC, without fractions @returns them */
  dropKeptBefore(at: string): KeptNote[];
}
