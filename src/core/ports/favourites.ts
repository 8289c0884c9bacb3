import type { AppKey } from "../model/application.ts";

/** Which applications somebody marked as theirs to watch, each of them durable when a call returns. */
export interface Favourites {
  /** In the order in which they were marked. @param owner as `ownerOf` names them */
  of(owner: string): readonly AppKey[];
  /** In place of those before. @throws {Failure} store */
  put(owner: string, keys: readonly AppKey[]): void;
}

/** A list that is read at a glance; more is what a query finds. */
export const MOST_FAVOURITES = 200;
