import type { Artifacts } from "../../src/core/ports/artifacts.ts";

/** For those whose applications are all in Git. */
export const noArtifacts: Artifacts = {
  resolve: ({ repository }) => Promise.reject(new Error(`nobody asks ${repository.url} for charts here`)),
  look: ({ url }) => Promise.reject(new Error(`nobody asks ${url} for charts here`)),
  catalogue: ({ url }) => Promise.reject(new Error(`nobody asks ${url} for charts here`)),
  tree() {
    throw new Error("nobody looks into a chart here");
  },
  packed: () => Promise.reject(new Error("nobody looks into a chart here")),
  onRequest: () => undefined,
  stop: async () => undefined,
};
