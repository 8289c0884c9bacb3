/** The tools that render, and what they are given. */
import type { Setting } from "./setting.ts";

export const RENDER = {
  is: "section",
  doc: "Running Helm and Kustomize.",
  keys: {
    helm: { is: "path", doc: "The program. Empty: the one on PATH, else the embedded one.", default: "" },
    kustomize: {
      is: "path",
      doc: "The program. Empty: kustomize or kubectl on PATH, else the embedded one.",
      default: "",
    },
    kustomizeBuildOptions: {
      is: "text",
      doc: "More options of kustomize build, as `kustomize.buildOptions` of Argo CD says them, which counts where this is empty: --load-restrictor and --reorder. Charts in kustomizations render with --enable-helm and without it.",
      default: "",
      example: "--load-restrictor LoadRestrictionsNone",
    },
    versions: {
      is: "sections",
      doc: "More versions of the tools, for `kustomize.version` and `helm.version` of a source, by the names that these say.",
      required: ["tool", "version", "program"],
      example: ["- { tool: kustomize, version: v5.4.3, program: /opt/kustomize-5.4.3 }"],
      keys: {
        tool: { is: "choice", doc: "Which one it is.", default: "kustomize", of: ["kustomize", "helm"] },
        version: {
          is: "text",
          doc: "As a source says it.",
          default: "",
          pattern: /^[A-Za-z0-9._+-]+$/,
          wrong: "must be of letters, digits, dots and dashes",
        },
        program: { is: "path", doc: "The program.", default: "" },
        buildOptions: {
          is: "text",
          doc: "Of this version of kustomize, in place of kustomizeBuildOptions.",
          default: "",
        },
      },
    },
    timeout: { is: "duration", doc: "Longest render of one source.", default: "90s", leastMs: 1_000 },
    concurrency: {
      is: "integer",
      doc: "Renders at once; 0 is as many as there are cores.",
      default: 0,
      least: 0,
      most: 256,
    },
    requireSandbox: {
      is: "flag",
      doc: "Refuse to render with a tool where it could read other files or reach the network; `holdfast doctor` shows the level.",
      default: false,
    },
    cacheMemoryMiB: {
      is: "integer",
      doc: "Rendered output kept in memory.",
      default: 16,
      least: 0,
      most: 1_048_576,
    },
    cacheDiskMiB: {
      is: "integer",
      doc: "Rendered output kept on disk.",
      default: 512,
      least: 0,
      most: 1_048_576,
    },
  },
} as const satisfies Setting;

export const DECRYPTION = {
  is: "section",
  doc: "Files that lie in Git encrypted with SOPS. The keys are read when a render needs one, and no tool ever gets them.",
  keys: {
    ageKeys: {
      is: "paths",
      doc: "Files of age identities, as age-keygen writes them.",
      default: [],
      example: "[./age.txt]",
    },
    pgpKeys: {
      is: "paths",
      doc: "Files of PGP secret keys without a passphrase, as gpg --export-secret-keys --armor writes them.",
      default: [],
      example: "[./sops.asc]",
    },
  },
} as const satisfies Setting;

export const GIT = {
  is: "section",
  doc: "Reading Git repositories.",
  keys: {
    implementation: {
      is: "choice",
      doc: "auto takes the git on PATH where there is one, else isomorphic-git in a process of its own; isomorphic never runs git; system asks git for everything, lists of refs too.",
      default: "auto",
      of: ["auto", "isomorphic", "system"],
    },
    timeout: { is: "duration", doc: "Longest wait for an answer.", default: "30s", leastMs: 1_000 },
    fetchTimeout: { is: "duration", doc: "Longest fetch.", default: "5m", leastMs: 1_000 },
    maxPackMiB: {
      is: "integer",
      doc: "Largest pack that is taken.",
      default: 1_024,
      least: 1,
      most: 1_048_576,
    },
    localRepositories: {
      is: "choice",
      doc: "Whether an application may name a folder of this machine as its repository.",
      default: "allowed",
      of: ["allowed", "refused"],
    },
  },
} as const satisfies Setting;
