/**
 * What a plugin is. A plugin is one module with a default export made by `defineRenderer`, `defineHealthCheck` or `defineNotifier`;
 * it holds no state between calls and reaches nothing but what a call lends it.
 * An operator's own plugin imports its types from here and brings its own code for everything else.
 */
import type { Source } from "../core/model/application.ts";
import type { RenderedDocument } from "../core/model/desired-object.ts";
import type { Health } from "../core/model/health.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import type { NotificationMessage } from "../core/model/notification.ts";
import type { Problem } from "../core/model/problem.ts";
import type { SourceValues } from "../core/model/source-values.ts";
import type { Log } from "../core/ports/log.ts";
import type {
  FetchedChart,
  FetchedFile,
  FetchedTree,
  ForeignChart,
  ForeignTree,
  UsedChart,
} from "../core/ports/renderers.ts";
import type { SourceTree } from "../core/ports/source-tree.ts";

export type { NotificationMessage } from "../core/model/notification.ts";
export type {
  FetchedChart,
  FetchedFile,
  FetchedTree,
  ForeignChart,
  ForeignTree,
} from "../core/ports/renderers.ts";

/** One source to turn into manifests. */
export interface RenderRequest {
  /** As the user wrote it, with `.argocd-source` overrides merged. */
  source: Source;
  /** Folder of the source in its repository, normalised; "" is the root. */
  path: string;
  /** The repository at its commit. */
  tree: SourceTree;
  /** Other sources by their `ref`, without the `$`. */
  refs: ReadonlyMap<string, { tree: SourceTree; repoURL: string }>;
  app: { name: string; namespace: string; project: string };
  /** `spec.destination.namespace`, "" where there is none. */
  namespace: string;
  cluster: { kubeVersion: string; apiVersions: readonly string[] };
  /** Build environment, ARGOCD_APP_NAME and so on, for `$VAR` in parameters. */
  env: Readonly<Record<string, string>>;
  /**
   * What the source's `plugin` block gives, as Argo CD puts it into a plugin's environment: `ARGOCD_ENV_…`,
   * `ARGOCD_APP_PARAMETERS`, `PARAM_…`. Empty without one. Part of the key, as all of the source is.
   */
  pluginEnv: Readonly<Record<string, string>>;
}

/**
 * A file or folder that a render reads: `ref` names another source, absent is this one.
 * A path that is not there may be named too: its appearing is then a change.
 */
export interface InputPath {
  ref?: string;
  path: string;
  /** Of a folder: `everything` below it (absent too), or the files that lie directly in it. */
  take?: "everything" | "own-files";
  /** What becomes of links below a folder that lead nowhere. Default `refused`. */
  dangling?: "left out" | "refused";
  /** `opened`: what lies encrypted there is read and exported decrypted, or refused. Default `as it is`. */
  encrypted?: "as it is" | "opened";
}

type FetchedFiles = readonly { path: string; content: Uint8Array }[];

/**
 * What was brought from elsewhere, and where it lies when `context.export()` has written this source: a path from the
 * root, at which the source itself has nothing. The archive as it was packed is a file at its place, and so is what was
 * a single file; an archive's files are below it. They are part of the key by their digest; of a repository the named
 * paths are, as they are at its commit.
 */
export type FetchedInput = { at: string } & (
  | { digest: string; archive: Uint8Array }
  | { digest: string; files: () => FetchedFiles | Promise<FetchedFiles> }
  | { tree: ForeignTree; paths: InputPath[] }
);

/** Everything a render depends on besides its request. What is not named here is not there when it runs. */
export interface RenderInputs {
  paths: InputPath[];
  /** Folders whose listing decided what `paths` holds, but which `render` does not read. Never exported, never part of the key. */
  looked?: InputPath[];
  /** Of what `context.fetchChart`, `fetchTree` and `fetchFile` brought, what the render reads. */
  fetched?: readonly FetchedInput[];
  /** Names of `request.env` that the render reads. The others are not there when it runs. */
  env?: readonly string[];
  /** `unused`: output does not depend on `request.app` and `request.namespace`, so that applications may share it. */
  app?: "used" | "unused";
  /** Whether output may depend on kube version and API versions. */
  capabilities: "used" | "unused";
  /** Name and version of the tool that will run, part of the cache key. "" where none does. */
  tool: string;
}

/** What the host lends for one render. */
export interface RenderContext {
  log: Log;
  /** Aborted at the deadline, on shutdown, or when the render is not wanted any more. */
  signal: AbortSignal;
  /** An empty folder for this call, removed after it. */
  scratch: string;
  /** What `inputs` answered as its `tool`. */
  tool: string;
  /**
   * Writes the inputs (and nothing else of the repository) below a new folder and returns its absolute path.
   * Links that leave the source are refused.
   * @param ref another source, absent for this one
   */
  export(ref?: string): Promise<string>;
  /** What `inputs` had brought by `fetchTree`: of it there is what was named in `fetched`. */
  fetchedTree(tree: ForeignTree): SourceTree;
  /** The content that `inputs` had brought by `fetchFile`. */
  fetchedFile(url: string): Uint8Array;
  /** Runs a sandboxed tool; returns stdout. @throws {Failure} render with the tool's words, render-timeout, tool-missing */
  run(
    tool: ToolName,
    argv: readonly string[],
    options: {
      cwd: string;
      env?: Record<string, string>;
      stdin?: string;
      /** Programs that this one may start, by their names, or absolute paths. Default: none. */
      tools?: readonly ToolName[];
      /** Folders all of whose programs it may start; absolute. */
      toolFolders?: readonly string[];
      /** Files and folders of the machine that it may read, absolute. Default: none. */
      readable?: readonly string[];
      /** What becomes of another code than 0. Default `fails`. */
      code?: "fails" | "means nothing was found";
      /** What a failure calls it. Default: the tool's name. */
      as?: string;
      /** Helm, where this tool starts it itself: its path follows the option `by`. It makes templates, and nothing else. */
      startsHelm?: { by: string };
      /** Secrets of the input, asked for where the tool fails: none of its words that go into the failure repeats one. */
      secrets?: () => Promise<readonly string[]>;
    },
  ): Promise<string>;
}

/** `kustomize@v5.4.3` is a version that the config registers; an absolute path is that program. */
export type ToolName = "helm" | "kustomize" | (string & {});

/** What a renderer asks the host before it names its inputs. */
export interface InputsContext {
  /** `helm 4.2.1`; @throws {Failure} tool-missing with what to install */
  tool(name: ToolName): Promise<string>;
  /**
   * The state of a file or folder of this machine, another one where it was changed. While it is the same, the render is.
   * @param path absolute
   */
  outside(path: string): Promise<string>;
  /**
   * Which of these words stand in a program, or in a file or folder of this machine; kept while it is the same. `unknown`
   * where it cannot be looked into whole, being packed, too large or closed.
   * @param words what counts in texts, and what in programs, which hold many words that mean something else
   */
  wordsIn(
    where: { tool: ToolName } | { outside: string },
    words: { inTexts: readonly string[]; inPrograms: readonly string[] },
  ): Promise<readonly string[] | "unknown">;
  /**
   * Brings a packed chart from its chart repository or registry, outside of the sandbox: what is in it may decide which
   * inputs there are. While another version would not be found, it is not brought again.
   * @param how see `UsedChart`
   * @throws {Failure} where it cannot be had, or the application's project does not permit the repository
   */
  fetchChart(chart: ForeignChart, how: Pick<UsedChart, "version" | "by" | "as">): Promise<FetchedChart>;
  /**
   * Brings the files of another repository at a revision, outside of the sandbox. While the revision leads to the same
   * commit, it is not brought again; a branch is followed.
   * @param how `by`: the file that names it
   * @throws {Failure} where it cannot be had, or the application's project or the config does not permit it
   */
  fetchTree(tree: ForeignTree, how: { by: string }): Promise<FetchedTree>;
  /** Brings a file from an http or https address. @throws {Failure} as `fetchTree`, and for one that is encrypted */
  fetchFile(url: string, how: { by: string }): Promise<FetchedFile>;
  /** A finding that follows from content alone, kept for the next call. `key` names that content, by its object ids. */
  remember<T>(key: string, find: () => Promise<T>): Promise<T>;
}

/** What is lent to whoever looks at values. */
export interface ValuesContext extends Pick<InputsContext, "fetchFile" | "fetchTree" | "fetchChart"> {
  /** Whether a file would be opened for a render. */
  isEncrypted(path: string, content: Uint8Array): boolean;
}

export interface Renderer {
  kind: "renderer";
  /** Metrics label and cache key part: `raw`, `helm`, `kustomize`. */
  name: string;
  /** What `status.sourceType` says: `Directory`, `Helm`, `Kustomize`. */
  sourceType: string;
  /**
   * `asked-for`: the source names this renderer. `detected`: the folder looks like its input. `ask a run`: only `detects`
   * can tell.
   */
  claims(request: RenderRequest): Promise<"asked-for" | "detected" | "ask a run" | "no">;
  /** Tells by running something whether the source's folder looks like its input; kept for that content. */
  detects?(request: RenderRequest, context: RenderContext): Promise<"detected" | "no">;
  /** Finds every path that `render` will read. @throws {Failure} */
  inputs(request: RenderRequest, context: InputsContext): Promise<RenderInputs>;
  /**
   * What the tool is given as values, and where each comes from; runs nothing, and opens nothing that is encrypted. Absent:
   * the tool is given no values, or nobody can say which. @throws {Failure} as `render`
   */
  values?(request: RenderRequest, context: ValuesContext): Promise<SourceValues>;
  /** @throws {Failure} render, manifest, path-outside-source */
  render(request: RenderRequest, context: RenderContext): Promise<Made>;
  /**
   * What is left to do with what `render` made, where a server has to be waited for: it has no tool, and holds no place
   * among the renders that run at once. @throws {Failure}
   */
  complete?(made: Made, signal: AbortSignal): Promise<Made>;
  /**
   * What becomes of commits that are not merged, whose files are those of whoever pushed a branch: a module that has
   * nothing but what a call lends it says `rendered`. Default `refused`: nobody else can tell what it reads of the machine.
   */
  unmerged?: "rendered" | "refused";
}

/** What a renderer made. */
export interface Made {
  documents: RenderedDocument[];
  problems: Problem[];
  /**
   * Where something came from elsewhere that no input names, as values of a secret store: what tells one state of it from
   * another, and no more of it. Such a render is part of no file.
   */
  foreign?: string;
}

/** The name of a document that a tool made of a file: its lines are those of the tool's output, not of the file in Git. */
export function asRendered(file: string): string {
  return `${file} (as rendered)`;
}

/** Opens files that lie encrypted in Git. Built in. */
export interface Decryptor {
  kind: "decryptor";
  name: string;
  /** Asked of every file that is read: cheap. */
  recognizes(path: string, content: Uint8Array): "yes" | "no";
  /**
   * What the file held, and each secret in it, in every form in which a sentence may repeat it.
   * @throws {Failure} where it cannot be opened, or is not what was encrypted
   */
  open(
    path: string,
    content: Uint8Array,
    keys: DecryptionKeys,
  ): Promise<{ content: Uint8Array; secrets: readonly string[] }>;
}

/** Keys that the operator named, read when they are needed; no tool ever gets one. */
export interface DecryptionKeys {
  age: readonly KeyFile[];
  pgp: readonly KeyFile[];
}
export interface KeyFile {
  /** Its name without its folder, for sentences. */
  file: string;
  read(): Promise<Uint8Array>;
}

/** A server that keeps secrets. Built in. */
export interface SecretStore {
  /**
   * What is kept at one path.
   * @throws {Failure} where it cannot be had, in words that repeat no value
   */
  read(place: SecretPlace, signal: AbortSignal): Promise<KeptSecret>;
  /** Logs in. @throws {Failure} */
  check(signal: AbortSignal): Promise<void>;
}

export interface SecretPlace {
  path: string;
  /** "" is the newest one. */
  version: string;
  /** Of the engine; "" as the store's settings say. */
  kvVersion: string;
}

export interface KeptSecret {
  values: Readonly<Record<string, unknown>>;
  /** Tells this state of it from others, without its values; undefined where the server has no such thing. */
  state?: string;
}

/** How a store is reached: credentials and limits are the host's matter. */
export interface StoreRequest {
  method: "GET" | "POST";
  /** Behind the store's address, encoded. */
  path: string;
  headers: Record<string, string>;
  /** JSON. */
  body?: string;
}
/** Any status is an answer. @throws {Failure} where there is none */
export type AskStore = (
  request: StoreRequest,
  signal: AbortSignal,
) => Promise<{ status: number; text: string }>;

export function defineRenderer(renderer: Omit<Renderer, "kind">): Renderer {
  return { kind: "renderer", ...renderer };
}

/** An operator's own judgement of some kinds. Called for every change of such an object: it must be quick and pure. */
export interface HealthCheck {
  kind: "health-check";
  /** What `--explain` and error messages call it. */
  name: string;
  /** `group/Kind`, `Kind` in the core group; `*` globs: `*.example.org/*`. */
  kinds: readonly string[];
  /** undefined: no evidence either way. What it throws becomes health Unknown with the error's message. */
  judge(object: KubeObject): Health | undefined;
}

export function defineHealthCheck(check: Omit<HealthCheck, "kind">): HealthCheck {
  return { kind: "health-check", ...check };
}

/**
 * A way by which people are told. It makes requests of a message and sends nothing itself: the host sends them, in order,
 * tries again, and keeps every value of a `secret` key out of what is shown and logged.
 */
export interface Notifier {
  kind: "notifier";
  /** `type` of a service in the config: `slack`. */
  name: string;
  /** Settings of a service of this type. */
  keys: Readonly<Record<string, NotifierKey>>;
  /** Whom a subscription names: a channel, an address. `optional`: where it names nobody, the settings say where. */
  recipient: { is: "needed" | "optional" | "none"; says: string };
  /** What becomes of many messages at once: one with a list, or each by itself, where a program reads them. */
  storms: "one-message" | "each";
  /** What is wrong with settings that are all there, a sentence each. */
  check?(settings: Readonly<Record<string, string>>): string[];
  /**
   * Pure: the same message and destination make the same requests. None: it says nothing of such a message.
   * @throws {Error} where it cannot be told to this recipient, in words that repeat no setting
   */
  requests(message: NotificationMessage, to: NotifierDestination): NotifierRequest[];
  /** Why an answer is none although its status is 2xx, as some servers say it; undefined: it was taken. */
  refused?(answer: NotifierAnswer): { why: string; again: "later" | "never" } | undefined;
}

export interface NotifierKey {
  is: "text" | "secret";
  need: "required" | "optional";
  /** One line for the documentation. */
  doc: string;
}

export interface NotifierDestination {
  settings: Readonly<Record<string, string>>;
  /** "": nobody is named. */
  recipient: string;
}

export type NotifierRequest =
  | {
      by: "http";
      method: "POST" | "PUT" | "PATCH";
      /** Only addresses that a setting names: a recipient chooses no server. */
      url: string;
      headers: Readonly<Record<string, string>>;
      body: string;
      /** Who lends the token of its header `Authorization`, where no setting is one. */
      login?: NotifierLogin;
    }
  | { by: "mail"; server: MailServer; mail: Mail };

/** An installation of a GitHub App; it lends tokens of about an hour, each of which is sent until shortly before it ends. */
export interface NotifierLogin {
  by: "github-app";
  appId: string;
  installationId: string;
  /** In PEM. */
  privateKey: string;
  /** Of the API, which a setting names, or GitHub's own. */
  baseUrl: string;
}

export interface MailServer {
  host: string;
  port: number;
  /** `required`: STARTTLS, or nothing is sent. `implicit`: TLS from the first byte. `offered`: STARTTLS where there is. */
  tls: "required" | "implicit" | "offered" | "none";
  username?: string;
  password?: string;
}
export interface Mail {
  from: string;
  to: string;
  subject: string;
  text: string;
  html: string;
  /** The same for each try. */
  messageId: string;
}

export interface NotifierAnswer {
  status: number;
  /** The beginning of it. */
  text: string;
}

export function defineNotifier(notifier: Omit<Notifier, "kind">): Notifier {
  return { kind: "notifier", ...notifier };
}
