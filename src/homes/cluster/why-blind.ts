import type { WatchState } from "../../core/ports/object-watch.ts";

/**
 * Why nothing is concluded from what is missing, a sentence without a full stop; undefined: all there is is seen. Pure.
 * @param what plural, as in the definition's name
 */
export function whyBlind(state: WatchState | undefined, what: string, cluster: string): string | undefined {
  switch (state?.is) {
    case "shown":
      return undefined;
    case "absent":
      return `cluster ${cluster} serves no ${what}.argoproj.io: make the definitions there (holdfast admin definitions | kubectl apply --server-side -f -)`;
    case "unseen":
      return `${what}.argoproj.io of cluster ${cluster} are not seen: ${state.why}`;
    default:
      return `${what}.argoproj.io of cluster ${cluster} are being listed`;
  }
}
