import type { Setting } from "./setting.ts";

/** What an operator says of config management plugins. */
export const MANAGEMENT_PLUGINS = {
  is: "sections",
  doc: "Argo CD's config management plugins: commands that print manifests, for sources with a plugin block. Each runs shut in, without a network, and has what stands here and nothing else. See docs/config-plugins.md.",
  required: [],
  example: [
    "- { file: ./plugin.yaml, tools: [sh, helm, kustomize] }",
    "- { name: argocd-vault-plugin-helm, renderWith: helm, secretStore: vault }",
    '- { name: envsubst, generate: [sh, -c, "cat *.yaml | envsubst"], tools: [sh, cat, envsubst] }',
  ],
  keys: {
    file: {
      is: "path",
      doc: "A ConfigManagementPlugin of Argo CD, a ConfigMap that holds some, or argocd-cm with the older key configManagementPlugins.",
      default: "",
    },
    name: {
      is: "text",
      doc: "As sources say it; beside file, the one of its plugins that is meant. Empty beside file: all of them.",
      default: "",
      pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
      wrong: "must be a name of letters, digits, dots and dashes",
    },
    init: { is: "words", doc: "The command that runs before, in place of a file's.", default: [] },
    generate: {
      is: "words",
      doc: "The command that prints the manifests, in place of a file's.",
      default: [],
    },
    renderWith: {
      is: "choice",
      doc: "In place of a command: the renderer that is built in, with HELM_ARGS and HELM_VALUES of the source's env; detected is by what the folder holds.",
      default: "command",
      of: ["command", "helm", "kustomize", "directory", "detected"],
    },
    secretStore: {
      is: "text",
      doc: "Name of the secretStores entry from which placeholders such as <path:secret/data/app#key> are filled in, as argocd-vault-plugin does. No command gets a value.",
      default: "",
    },
    discoverFileName: {
      is: "text",
      doc: "A source without a name is this plugin's where its folder holds such a file; a glob.",
      default: "",
    },
    discoverGlob: { is: "text", doc: "The same, with ** for any folders.", default: "" },
    discoverCommand: { is: "words", doc: "The same, where this command prints something.", default: [] },
    tools: {
      is: "texts",
      doc: "Programs that it may start: names as on PATH, helm and kustomize as this config has them, paths, or folders with a slash at the end.",
      default: [],
    },
    env: { is: "texts", doc: "Names of variables of this program's environment that it gets.", default: [] },
    mounts: { is: "paths", doc: "Files and folders of this machine that it may read.", default: [] },
    reads: {
      is: "choice",
      doc: "What of its repository it sees: all of it, as in Argo CD, or the source's folder, so that other commits need no new render.",
      default: "repository",
      of: ["repository", "folder"],
    },
  },
} as const satisfies Setting;

/** Servers that keep secrets. */
export const SECRET_STORES = {
  is: "sections",
  doc: "Servers that keep secrets, for plugins with a secretStore: HashiCorp Vault or OpenBao, key-value engine 1 and 2. See docs/vault.md.",
  required: ["name", "address"],
  example: [
    '- { name: vault, address: "https://vault.example.com:8200", roleId: holdfast, secretId: "${VAULT_SECRET_ID}" }',
  ],
  keys: {
    name: {
      is: "text",
      doc: "As plugins say it.",
      default: "",
      pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
      wrong: "must be a name of letters, digits, dots and dashes",
    },
    address: {
      is: "text",
      doc: "Its URL.",
      default: "",
      pattern: /^https?:\/\/[^\s/@?#]+(?:\/[^\s?#]*)?$/,
      wrong: "must be a URL without a password in it",
    },
    token: { is: "secret", doc: "A token." },
    roleId: { is: "text", doc: "Of AppRole, in place of a token.", default: "" },
    secretId: { is: "secret", doc: "Of AppRole." },
    mount: { is: "text", doc: "Where AppRole is mounted.", default: "auth/approle" },
    namespace: { is: "text", doc: "Vault's own namespace; empty is the root.", default: "" },
    kvVersion: {
      is: "choice",
      doc: "Of the key-value engine, where an object's annotation avp.kubernetes.io/kv-version says nothing.",
      default: "2",
      of: ["1", "2"],
    },
    ca: { is: "content", doc: "PEM, in place of the system's certificate authorities." },
    paths: {
      is: "texts",
      doc: "Globs of paths that may be read, such as secret/data/team-a/**; empty is all that the login may read.",
      default: [],
    },
  },
} as const satisfies Setting;
