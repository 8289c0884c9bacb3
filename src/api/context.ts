import type { Server } from "bun";
import type { Asker } from "../core/access/asker.ts";
import type { ActivityNote } from "../core/model/activity.ts";
import type { PageWords } from "../core/model/page-words.ts";
import type { TerminalSetting } from "../core/model/pod-exec.ts";
import type { Problem } from "../core/model/problem.ts";
import type { Secret } from "../core/model/secret.ts";
import type { CertificateDesk } from "../core/ports/certificate-desk.ts";
import type { ClusterDesk } from "../core/ports/cluster-desk.ts";
import type { Favourites } from "../core/ports/favourites.ts";
import type { LinkDesk } from "../core/ports/link-desk.ts";
import type { Log } from "../core/ports/log.ts";
import type { NotificationDesk } from "../core/ports/notification-desk.ts";
import type { RepositoryContents } from "../core/ports/repository-contents.ts";
import type { RepositoryDesk } from "../core/ports/repository-desk.ts";
import type { SignOnDoor } from "../core/ports/sign-on-desk.ts";
import type { Heard } from "../core/webhooks/provider.ts";
import type { WebhookSettings } from "../core/webhooks/settings.ts";
import type { Control } from "../engine/control.ts";
import type { ImagesControl } from "../images/control.ts";
import type { Ambient } from "../lib/ambient.ts";
import type { AnnouncedBy } from "../lib/push-allowance.ts";
import type { SetsControl } from "../sets/control.ts";
import type { AccountsDoor } from "./accounts-door.ts";
import type { Shown } from "./admission.ts";
import type { ArrivalOf } from "./arrival.ts";
import type { Asking } from "./asking.ts";
import type {
  AuthorisedCertificates,
  AuthorisedClusters,
  AuthorisedContents,
  AuthorisedControl,
  AuthorisedImages,
  AuthorisedNotifications,
  AuthorisedRepositories,
  AuthorisedSets,
} from "./authorised/authorised.ts";
import type { FileDiffs } from "./file-diffs.ts";
import type { Looks } from "./looks.ts";
import type { MetricsFormat } from "./metrics-format.ts";
import type { TerminalLimits } from "./terminal-session.ts";
import type { Deliveries } from "./webhooks/deliveries.ts";

/** What `/api/version` and the status tell. Empty where it is not known. */
export interface VersionFacts {
  /** Ours, without a `v`. */
  version: string;
  commit: string;
  /** RFC 3339. */
  buildDate: string;
  /** `v4.2.1`; asked each time, as programs come and go. Never fails. */
  helm(): Promise<string>;
  kustomize(): Promise<string>;
  /** How well both are shut in: the level's name, and what stands in the way of the next one. */
  sandbox: { level: string; why: string };
}

/** A file of the page, or the page itself at all its paths. */
export interface Asset {
  /** Of routes: `/ui/main-3f2a91.js`, `/applications/:namespace/:name`. */
  paths: readonly string[];
  type: string;
  body: string;
  /** `forever`: of another content it has another path. */
  keep: "forever" | "ask";
}

/** Something that is wrong with the daemon itself, or with what it cannot work without. */
export interface Trouble {
  what: "store" | "config" | "cluster" | "settings" | "pause" | "certificate";
  /** `writing`: it writes to no cluster, and is not ready. `nothing`: it serves as before. */
  stops: "writing" | "nothing";
  problem: Problem;
}

/** The certificate that is shown to clients. */
export interface CertificateFacts {
  by: "files" | "self-signed";
  /** SHA-256 of it and of its key, `SHA256:AB:CD:…`. */
  fingerprint: string;
  keyFingerprint: string;
  /** `DNS:cd.example.com`. */
  names: readonly string[];
  /** RFC 3339. */
  notBefore: string;
  notAfter: string;
}

/** How the daemon is set up, as far as clients are told. Nothing of it is secret. */
export interface SettingsFacts {
  /** With the base path. Absent: nobody said it. */
  url?: string;
  /** "": there is none. */
  installationID: string;
  /** Where Applications are written: as files and in the store, or as custom resources. Absent: as files. */
  home?: "files" | "cluster";
  /** Where Applications may be. */
  namespaces: "home" | "others-too";
  impersonation: "on" | "off";
  kustomize: { buildOptions: readonly string[]; versions: readonly string[] };
  /** Names of config management plugins. */
  plugins: readonly string[];
  /** What every new password is held to beside our own rules, an expression of Go. */
  passwordPattern?: string;
  /** By what other people's servers prove themselves: lines of a known_hosts file, and authorities in PEM. */
  trust: readonly { url: string; sshKnownHosts?: string; ca?: string }[];
  /** Globs of applications whose badge everybody may see; none: there are no badges. */
  badges: readonly string[];
  /** Absent: there are none. */
  terminal?: TerminalSetting;
  /** Absent: nothing. */
  page?: PageWords;
}

export interface ApiOptions {
  control: Control;
  version: VersionFacts;
  /** Namespace of applications that name none. */
  homeNamespace: string;
  /** Without one only loopback callers are answered. */
  token?: Secret;
  /** Who there is. Absent: whoever shows the token, or owns the machine, may everything. */
  who?: (request: Request, transport: "tls" | "plain") => Shown;
  /** Opens `/metrics` and nothing else. */
  metricsToken?: Secret;
  /** `/holdfast`; default: "". */
  basePath?: string;
  /** Default: nobody's word is taken but the connection's. */
  arrivalOf?: ArrivalOf;
  /** Undefined while it speaks no TLS. */
  certificate?(): CertificateFacts | undefined;
  /** Default: as if the config were empty. */
  settings?(): SettingsFacts;
  /** Absent: clusters are shown only. */
  clusters?: ClusterDesk;
  /** Absent: none is shown. */
  repositories?: RepositoryDesk;
  /** What they hold. Absent: nobody looks into them here. */
  contents?: RepositoryContents;
  /** What an operator's templates make of what is shown. Absent: nothing. */
  links?: LinkDesk;
  /** Who is told of what. Absent: nobody. */
  notifications?: NotificationDesk;
  /** By what their servers prove themselves, beside what entries say. Absent: nothing is kept here. */
  certificates?: CertificateDesk;
  /** Absent: they are kept for as long as it runs. */
  favourites?: Favourites;
  /** Absent: there are no ApplicationSets here, and who asks for them is told so. */
  sets?: SetsControl;
  /** Absent: nothing keeps images up to date here. */
  images?: ImagesControl;
  /** Absent: there are no accounts. */
  door?: AccountsDoor;
  /** Absent: nobody signs in by a provider's word. */
  signOn?: SignOnDoor;
  /** Prometheus text. */
  metrics(format: MetricsFormat): Promise<string>;
  /** A request that an operation answered. Default: nobody is told. */
  onAnswered?(request: AnsweredRequest): void;
  /** Default: there are none. */
  troubles?(): readonly Trouble[];
  assets: readonly Asset[];
  /** Somebody says that something was pushed. A hint: nothing of it is taken as true. */
  onHeard(heard: Heard, by: AnnouncedBy): void;
  /** By which secrets those who say so prove themselves. Default: by none. */
  webhooks?(): WebhookSettings;
  /** What they sent lately. Default: of this API alone. */
  deliveries?: Deliveries;
  /** One of them is being read. @returns it has ended. Default: nobody counts. */
  handlingWebhook?(): () => void;
  log: Log;
  /**
   * Asked after whatever may have changed something, before that is answered: resolves when it is kept for all replicas.
   * Default: there are none. @throws {Failure} store
   */
  kept?(): Promise<void>;
  /** What the activity says beside a deed, for as long as a request is worked on. Absent: nothing is said. */
  asking?: Ambient<Asking>;
  /** Something was done that no other part writes down. Default: nobody hears of it. @throws {Failure} store */
  onDeed?(deed: Omit<ActivityNote, "at">): void;
  terminalLimits?: Partial<TerminalLimits>;
  /** How long the sources of an application that is written are asked at most. Default: two minutes. */
  longestCheckMs?: number;
  /** Somebody was refused. Default: nobody hears of it. */
  onRefused?(refused: Omit<ActivityNote, "at">): void;
}

/** A request that an operation answered; `tookMs`: until the answer began. */
export interface AnsweredRequest {
  operation: string;
  /** As it is routed. */
  path: string;
  status: number;
  tookMs: number;
}

/** What routes work with: nothing that they ask goes around who asks it. */
export interface ApiContext
  extends Omit<
    ApiOptions,
    | "control"
    | "sets"
    | "images"
    | "notifications"
    | "clusters"
    | "repositories"
    | "contents"
    | "certificates"
    | "who"
    | "token"
    | "metricsToken"
  > {
  control: AuthorisedControl;
  sets: AuthorisedSets | undefined;
  images: AuthorisedImages;
  notifications: AuthorisedNotifications | undefined;
  clusters: AuthorisedClusters | undefined;
  repositories: AuthorisedRepositories | undefined;
  contents: AuthorisedContents | undefined;
  certificates: AuthorisedCertificates | undefined;
  looks: Looks;
  basePath: string;
  arrivalOf: ArrivalOf;
  certificate(): CertificateFacts | undefined;
  settings(): SettingsFacts;
  troubles(): readonly Trouble[];
  webhooks(): WebhookSettings;
  deliveries: Deliveries;
  handlingWebhook(): () => void;
  /** Texts of what was compared or planned, of which parts are asked for later. */
  diffs: FileDiffs;
}

/** What comes with each request: the server, which alone can lift the idle limit of a stream, and who asks. */
export type Env = { Bindings: { server: Server<unknown> | undefined; who: Asker } };
