import type { Server } from "bun";

/** A connection on which nobody says anything for so long is closed. Whoever turns that off for a request turns it on again at its end. */
export const IDLE_SECONDS = 60;

/**
 * For as long as this request is worked on its connection may be silent.
 * @returns to be called at its end: the connection outlives it, and would be open for as long as whoever asked likes
 */
export function unhurried(server: Server<unknown> | undefined, request: Request): () => void {
  server?.timeout(request, 0);
  return () => server?.timeout(request, IDLE_SECONDS);
}
