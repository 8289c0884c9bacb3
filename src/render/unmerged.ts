/** What commits have that are not merged: their files are those of whoever pushed a branch, and what they render to is shown. */
import { Failure } from "../core/model/failure.ts";
import type { LoadedRenderer } from "../plugin/load.ts";
import type { Decryption } from "./decryption.ts";
import { objectOf } from "./run-renderer.ts";

const LATER = "Look at it after the merge, before the first sync";

/** Under a name of its own, so that neither kind of render is ever taken for the other. */
export function forUnmerged(loaded: LoadedRenderer): LoadedRenderer {
  const { unmerged, fingerprint, from, renderer } = loaded;
  const own = { fingerprint: `${fingerprint} not merged`, from };
  if (unmerged !== undefined) return { ...own, renderer: unmerged };
  if (from === "built-in" || renderer.unmerged === "rendered") return loaded;
  const { kind, name, sourceType } = renderer;
  const inputs: LoadedRenderer["renderer"]["inputs"] = async (request) => {
    throw new Failure("render", objectOf(request), "after-edit", {
      cannot: "render",
      why: `the module ${name} does not say that it may render commits that are not merged`,
      fix: `${LATER}; or, where the module has nothing but what a call lends it, let it say unmerged: "rendered"`,
    });
  };
  return {
    ...own,
    renderer: {
      ...{ kind, name, sourceType, inputs },
      claims: (request) => renderer.claims(request),
      ...(renderer.detects === undefined
        ? {}
        : { detects: (request, context) => renderer.detects?.(request, context) ?? Promise.resolve("no") }),
      render: () => Promise.reject(new Error("it has no inputs")),
    },
  };
}

/** A branch may have what was encrypted put into a ConfigMap, or into a name: so nothing is opened for it. */
export function withheld({ decryptors }: Decryption): Decryption {
  return {
    keys: { age: [], pgp: [] },
    decryptors: decryptors.map(({ kind, name, recognizes }) => ({
      ...{ kind, name, recognizes },
      async open(path) {
        throw new Failure("render", path, "backoff", {
          cannot: "open it",
          why: "encrypted files are not opened for a commit that is not merged",
          fix: LATER,
        });
      },
    })),
  };
}
