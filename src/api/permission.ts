/**
 * What a route asks of whoever comes. A resource and an action are asked about the object that is meant, by `authorised`,
 * where it is known which one that is.
 */
export type Permission =
  /** For everybody, before anybody is asked who it is: no data is in it. */
  | "open"
  /** Whoever is let in: what is in it is of the one who asks, or was filtered for them. */
  | "let-in"
  | { resource: string; action: string };
