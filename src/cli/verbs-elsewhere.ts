/** What users of Argo CD, Flux and kubectl type, and what it is here. Sources: `argocd --help` and `flux --help`, all levels. */

const BY_FILE =
  "An application's file is its truth: change it there and commit. One that lives in the store: holdfast app set APP, or holdfast app create -f FILE --upsert";
const AUTOMATION =
  "Take syncPolicy.automated out of the Application, or put it back, where it is written, and commit. To keep it at what was deployed: holdfast app rollback APP ID, and holdfast app unhold APP";
const BY_FILE_OF_SETS =
  "A set's file is its truth: change it there and commit. One that lives in the store: holdfast appset create -f FILE --upsert";
const PAGE = "The status page is at the daemon's address, which holdfast status prints";

/** By the words behind `holdfast`; each a sentence, or several, without the last full stop. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "app unset": BY_FILE,
  "app update": BY_FILE,
  "app add-source": BY_FILE,
  "app remove-source": BY_FILE,
  "app suspend": "Use: holdfast app pause APP, and holdfast app resume APP",
  "app undo": "Use: holdfast app rollback APP",
  "app revert": "Use: holdfast app rollback APP",
  "app hold":
    "Use: holdfast app rollback APP ID, which holds an automated application at what was deployed then",
  "app exec": "A shell is the cluster's: kubectl exec",
  "app restart": "Use: holdfast app actions run APP restart --kind Deployment",
  "app scale":
    "Use: holdfast app actions run APP scale --kind Deployment --param replicas=COUNT. Where Git sets replicas, change it there",
  "app describe": "Use: holdfast app get APP",
  "app status": "Use: holdfast app get APP",
  "app apply": "Use: holdfast app sync APP; to make one: holdfast app create -f FILE",
  "app reconcile": "Use: holdfast app refresh APP, or holdfast app sync APP",
  "app rm": "Use: holdfast app delete APP",
  "app remove": "Use: holdfast app delete APP",
  "appset edit": BY_FILE_OF_SETS,
  "appset patch": BY_FILE_OF_SETS,
  "appset diff": "Use: holdfast appset preview -f FILE",
  "appset sync": "Use: holdfast appset refresh NAME; to sync its applications: holdfast app sync",
  "account generate-token": "Use: holdfast account token create",
  "account delete-token": "Use: holdfast account token revoke ID",
  "account get-user-info": "Use: holdfast whoami",
  "account bcrypt": "Use the link argocd: argocd account bcrypt",
  relogin: "Use: holdfast login",
  configure: "The command line is set up by variables: holdfast help env",
  gpg: "Signatures are not checked yet; a project that asks for it is refused",
  "admin settings": "Use: holdfast validate",
  "admin app": "Use: holdfast render -f FILE",
  "admin cluster": "Use: holdfast cluster list",
  "admin proj": "Use: holdfast validate FILE",
  "admin repo": "Use: holdfast doctor",
  "admin export": "Applications are files already; the daemon's store is the config's folder data",
  "admin import": "Put the files into a folder that the config names",
  "admin dashboard": PAGE,
  "admin initial-password":
    "It is said once, to whoever starts the daemon first. Another one: holdfast admin reset-password",
  list: "Use: holdfast app list",
  ls: "Use: holdfast app list",
  get: "Use: holdfast app list, or holdfast app get APP",
  describe: "Use: holdfast app get APP",
  tree: "Use: holdfast app tree APP",
  diff: "Use: holdfast app diff APP",
  sync: "Use: holdfast app sync APP",
  wait: "Use: holdfast app wait APP",
  history: "Use: holdfast app history APP",
  delete: "Use: holdfast app delete APP",
  create: "Use: holdfast app create -f FILE",
  apply: "Use: holdfast app create -f FILE, or commit it where a folder of the config has it",
  rollback: "Use: holdfast app rollback APP",
  unhold: "Use: holdfast app unhold APP",
  reconcile:
    "Use: holdfast app refresh APP to look at Git and the cluster now, holdfast app sync APP to deliver",
  suspend: AUTOMATION,
  resume: AUTOMATION,
  logs: "Use: holdfast app logs APP. The daemon's own log is what it prints to stderr",
  build: "Use: holdfast render -f FILE",
  stats: "Use: holdfast status",
  top: "Use: holdfast status",
  install: "Nothing is installed into a cluster: holdfast serve runs wherever it reaches one",
  uninstall: "Nothing of it is in a cluster: stop the daemon",
  bootstrap: "Name the folder of Applications in the config, and run: holdfast serve",
  export: "Use: holdfast app list -o yaml",
  dashboard: PAGE,
  ui: PAGE,
};

/**
 * What to do here in place of a verb that another tool has.
 * @param path of the command that it stands behind, without the program's name: `["app"]`
 * @returns undefined where none of them has it either
 */
export function elsewhere(path: readonly string[], word: string): string | undefined {
  return ELSEWHERE[[...path, word].join(" ")];
}

const NOT_NEEDED = "Leave it out: the daemon is spoken to by plain HTTP or HTTPS, as its address says";
const TOKEN =
  "A token goes into HOLDFAST_TOKEN, a file for --token-file, or once into holdfast login SERVER --token-stdin: arguments can be read by everybody on the machine";
const ONE_DAEMON = "The command line always speaks to a daemon, at HOLDFAST_SERVER or --server";
const LOCAL =
  "To see what a folder renders to: holdfast render -f FILE --source FOLDER. To hold it against the cluster push a branch: holdfast app sync APP --revision BRANCH --dry-run";
const AS_MANIFEST =
  "Write the Application as a manifest, which takes every field: holdfast app create -f FILE";

const BY_EDITOR =
  "Every field of one that lives in the store: holdfast app edit APP, or holdfast app patch APP -p '{\"spec\": …}'; of one in a file, that file";

/** Flags of other tools' programs, by the flag, or by command and flag where only there it is another's. */
const FLAGS: Readonly<Record<string, string>> = {
  "--grpc-web": NOT_NEEDED,
  "--grpc-web-root-path": "A path goes into the address: --server https://cd.example.com/path",
  "--plaintext": "Write the scheme into the address: --server http://HOST:PORT",
  "--http-retry-max": NOT_NEEDED,
  "--auth-token": TOKEN,
  "--header": "Only the token is sent, as a Bearer of the header Authorization",
  "-H": "Only the token is sent, as a Bearer of the header Authorization",
  "--core": ONE_DAEMON,
  "--argocd-context": ONE_DAEMON,
  "--kube-context": ONE_DAEMON,
  "--context": ONE_DAEMON,
  "--kubeconfig": ONE_DAEMON,
  "--port-forward": ONE_DAEMON,
  "--port-forward-namespace": ONE_DAEMON,
  "--controller-name": ONE_DAEMON,
  "--redis-name": ONE_DAEMON,
  "--repo-server-name": ONE_DAEMON,
  "--server-name": ONE_DAEMON,
  "--server-crt": "Name the certificate authority's file in NODE_EXTRA_CA_CERTS",
  "--client-crt": "Clients are known by the token alone",
  "--client-crt-key": "Clients are known by the token alone",
  "--logformat": "What it prints is for people; for programs there is -o json",
  "--loglevel": "Use: --verbose",
  "--local": LOCAL,
  "--local-repo-root": LOCAL,
  "--local-include": LOCAL,
  "--server-side-generate": LOCAL,
  "-n": "An application's namespace is -N, --app-namespace",
  "--namespace": "An application's namespace is -N, --app-namespace",
  "-A": "All namespaces are shown where --app-namespace names none",
  "--all-namespaces": "All namespaces are shown where --app-namespace names none",
  "app diff --server-side-diff": "Leave it out: where ownership cannot tell, the API server is asked anyway",
  "app get --show-params": "The parameters stand in its sources: holdfast app get APP -o yaml",
  "app sync --label": "Choose objects with --resource, applications with --selector",
  "app sync --ignore-normalizer-jq-execution-timeout": "Leave it out: jq paths are followed in process",
  "app diff --ignore-normalizer-jq-execution-timeout": "Leave it out: jq paths are followed in process",
  "app set --helm-set-file": BY_EDITOR,
  "app set --helm-chart": BY_EDITOR,
  "app set --helm-version": BY_EDITOR,
  "app set --helm-pass-credentials": BY_EDITOR,
  "app set --helm-skip-crds": BY_EDITOR,
  "app set --values": BY_EDITOR,
  "app set --values-literal-file": BY_EDITOR,
  "app set --release-name": BY_EDITOR,
  "app set --ignore-missing-value-files": BY_EDITOR,
  "app set --kustomize-image": BY_EDITOR,
  "app set --kustomize-version": BY_EDITOR,
  "app set --kustomize-namespace": BY_EDITOR,
  "app set --kustomize-replica": BY_EDITOR,
  "app set --kustomize-common-label": BY_EDITOR,
  "app set --kustomize-common-annotation": BY_EDITOR,
  "app set --nameprefix": BY_EDITOR,
  "app set --namesuffix": BY_EDITOR,
  "app set --directory-recurse": BY_EDITOR,
  "app set --directory-include": BY_EDITOR,
  "app set --directory-exclude": BY_EDITOR,
  "app set --jsonnet-tla-str": BY_EDITOR,
  "app set --jsonnet-tla-code": BY_EDITOR,
  "app set --jsonnet-ext-var-str": BY_EDITOR,
  "app set --jsonnet-ext-var-code": BY_EDITOR,
  "app set --jsonnet-libs": BY_EDITOR,
  "app set --plugin-env": BY_EDITOR,
  "app set --config-management-plugin": BY_EDITOR,
  "app set --ref": BY_EDITOR,
  "app set --source-name": BY_EDITOR,
  "app set --revision-history-limit": BY_EDITOR,
  "app set --sync-retry-limit": BY_EDITOR,
  "app set --allow-empty": BY_EDITOR,
  "app create --helm-set": AS_MANIFEST,
  "app create --helm-set-string": AS_MANIFEST,
  "app create --helm-set-file": AS_MANIFEST,
  "app create --helm-chart": AS_MANIFEST,
  "app create --helm-version": AS_MANIFEST,
  "app create --values": AS_MANIFEST,
  "app create --values-literal-file": AS_MANIFEST,
  "app create --release-name": AS_MANIFEST,
  "app create --parameter": AS_MANIFEST,
  "app create --kustomize-image": AS_MANIFEST,
  "app create --nameprefix": AS_MANIFEST,
  "app create --namesuffix": AS_MANIFEST,
  "app create --label": AS_MANIFEST,
  "app create --annotations": AS_MANIFEST,
  "app create --ref": AS_MANIFEST,
  "app create --set-finalizer": AS_MANIFEST,
  "app create --sync-retry-limit": AS_MANIFEST,
  "app create --revision-history-limit": AS_MANIFEST,
  "app create --allow-empty": AS_MANIFEST,
  "app create --directory-include": AS_MANIFEST,
  "app create --directory-exclude": AS_MANIFEST,
};

/**
 * What to do here in place of a flag that another tool has.
 * @param path of the command: `["app", "diff"]`
 */
export function flagElsewhere(path: readonly string[], flag: string): string | undefined {
  return FLAGS[[...path, flag].join(" ")] ?? FLAGS[flag];
}
