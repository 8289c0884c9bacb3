/**
 * What the Secrets and ConfigMaps of a namespace say together, in our entries and settings. Pure: what was held before is
 * given, and what is held now comes back.
 */

import { defined } from "../../lib/defined.ts";
import { nearest } from "../../lib/nearest.ts";
import type { ClusterEntry } from "../model/cluster-entry.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { parseClusterSecret, SECRET_TYPE_LABEL } from "../model/parse-cluster-secret.ts";
import type { Problem } from "../model/problem.ts";
import type { RepositoryAccess } from "../model/repository-access.ts";
import { type AccessMemory, type ArgoAccess, NO_ACCESS, readArgoAccess } from "./argo-access.ts";
import { type ArgoTexts, NO_TEXTS, textsIn } from "./argo-texts.ts";
import {
  type HostTrust,
  KNOWN_HOSTS,
  NO_TRUST,
  readKnownHosts,
  readTlsCertificates,
  TLS_CERTIFICATES,
} from "./host-trust.ts";
import { type KeptRepository, keptOf } from "./kept-repository.ts";
import { type ArgoSettings, keysThat, readSettings, together } from "./read-settings.ts";
import { repositoriesOf } from "./repositories.ts";
import { PARAMS_MAP, PART_OF, RBAC_MAP, SETTINGS_MAP, type SettingKey } from "./setting-keys.ts";

/** As problems name them, and in the order of their names. */
export interface ArgoObjects {
  secrets: readonly KubeObject[];
  configMaps: readonly KubeObject[];
  /** Secrets that settings refer to; absent: they were not seen yet. */
  kept?: readonly KubeObject[] | undefined;
}

/** A Secret of a repository or of credentials, at one version of it. */
export interface HeldRepository {
  /** As problems name it. */
  secret: string;
  uid: string;
  version: string;
  kept: KeptRepository;
}

export interface ArgoHeld {
  repositories: readonly RepositoryAccess[];
  /** What `repositories` come from, with whose certificates and keys are right. */
  repositorySecrets: readonly HeldRepository[];
  trust: HostTrust;
  /** The very same entry as before where its Secret did not change. */
  clusters: readonly { secret: string; uid: string; entry: ClusterEntry }[];
  settings: ArgoSettings;
  texts: ArgoTexts;
  access: ArgoAccess;
  /** Why settings that are meant are not known: nothing may be written under others. Empty: they are known. */
  unknown: readonly string[];
  /** Keys that are known and not honoured, `<ConfigMap>: <key>`. */
  notHonoured: readonly string[];
  /** Keys that say something of people, which holds where this namespace is the home, `<ConfigMap>: <key>`. */
  ofPeople: readonly string[];
  /** Those of `access` stand there. */
  problems: readonly Problem[];
}

type ReadSecret =
  | { is: "repository"; value: KeptRepository }
  | { is: "cluster"; entry: ClusterEntry }
  | { is: "nothing" };

/** What was read of one object at one version. `value`: what is held of it. */
interface Reading<T> {
  version: string;
  value: T;
  problems: readonly Problem[];
}

interface SecretReading extends Reading<ReadSecret> {
  /** Which one it is of those that bear one name, one after the other. */
  uid: string;
}

/** What the next reading needs of this one. */
export interface ArgoMemory {
  secrets: ReadonlyMap<string, SecretReading>;
  settings: ReadonlyMap<string, Reading<ArgoSettings | undefined>>;
  trust: HostTrust;
  texts: ArgoTexts;
  access: AccessMemory;
  /** Which ConfigMap its certificates are of. */
  trustUid?: string;
}

export const NOTHING_HELD: ArgoMemory = {
  secrets: new Map(),
  settings: new Map(),
  trust: NO_TRUST,
  texts: NO_TEXTS,
  access: NO_ACCESS,
};

const MAPS = [SETTINGS_MAP, PARAMS_MAP, RBAC_MAP];
/** All that is read here. */
export const READ_MAPS: readonly string[] = [...MAPS, TLS_CERTIFICATES, KNOWN_HOSTS];
const NOT_USED: Readonly<Record<string, string>> = {
  "repository-write": "nothing is pushed with it: manifests are rendered where they are applied",
  "repo-write-creds": "nothing is pushed with it: manifests are rendered where they are applied",
  "scm-creds": "no set asks a provider with it yet: a set names its own Secret in tokenRef",
};
const USED = ["repository", "repo-creds", "cluster"];

/**
 * An object that cannot be read leaves what was held of it, and one that is gone takes it along; only settings stay where
 * their ConfigMap is gone, because who replaces one deletes it for a moment.
 */
export function holdArgo(
  { secrets, configMaps, kept }: ArgoObjects,
  before: ArgoMemory,
): { held: ArgoHeld; memory: ArgoMemory } {
  const read = new Map(
    secrets.map((secret): [string, SecretReading] => {
      const shown = nameOf(secret);
      return [shown, readSecret(secret, shown, before.secrets.get(shown))];
    }),
  );
  const maps = new Map(configMaps.map((map) => [map.metadata.name, map]));
  const settings = new Map<string, Reading<ArgoSettings | undefined>>();
  for (const name of MAPS) {
    const now = readMap(name, maps.get(name), before.settings.get(name));
    if (now !== undefined) settings.set(name, now);
  }
  const trustUid = maps.get(TLS_CERTIFICATES)?.metadata.uid;
  const { trust, problems: ofTrust } = trustOf(maps, before.trustUid === trustUid ? before.trust : NO_TRUST);
  const values = [...read.values()].map(({ value }) => value);
  const { entries, problems: ofRepositories } = repositoriesOf(
    values.flatMap((value) => (value.is === "repository" ? [value.value.read] : [])),
    trust,
  );
  const texts = textsIn(maps, kept, before.texts);
  const { access, memory: ofAccess } = readArgoAccess(texts, before.access);
  const readings = [...read.values(), ...settings.values()];
  return {
    memory: { secrets: read, settings, trust, texts, access: ofAccess, ...defined({ trustUid }) },
    held: {
      repositories: entries,
      repositorySecrets: [...read].flatMap(([secret, { uid, version, value }]) =>
        value.is === "repository" ? [{ secret, uid, version, kept: value.value }] : [],
      ),
      trust,
      clusters: [...read].flatMap(([secret, { uid, value }]) =>
        value.is === "cluster" ? [{ secret, uid, entry: value.entry }] : [],
      ),
      settings: together([...settings.values()].flatMap(({ value }) => value ?? [])),
      texts,
      access,
      unknown: [...settings].flatMap(([name, { value }]) =>
        value === undefined ? [`${name} cannot be read`] : [],
      ),
      notHonoured: keysOf(maps, (known) => known.is === "not-honoured"),
      ofPeople: keysOf(maps, (known) => known.is === "honoured" && known.of === "people"),
      problems: [...readings.flatMap(({ problems }) => problems), ...ofRepositories, ...ofTrust],
    },
  };
}

function keysOf(maps: ReadonlyMap<string, KubeObject>, are: (known: SettingKey) => boolean): string[] {
  return MAPS.flatMap((name) => {
    const map = maps.get(name);
    return map === undefined ? [] : keysThat(name, map, are).map((key) => `${name}: ${key}`);
  });
}

function readSecret(secret: KubeObject, shown: string, before: SecretReading | undefined): SecretReading {
  const { uid = "", resourceVersion: version = "" } = secret.metadata;
  // One that was deleted and made anew has nothing of its predecessor.
  const last = before?.uid === uid ? before : undefined;
  if (last !== undefined && version !== "" && last.version === version) return last;
  const type = secret.metadata.labels?.[SECRET_TYPE_LABEL] ?? "";
  if (!USED.includes(type))
    return { uid, version, value: { is: "nothing" }, problems: [notUsed(shown, type)] };
  const parsed =
    type === "cluster"
      ? parseClusterSecret(secret, { file: shown })
      : keptOf(secret, type === "repository" ? "repository" : "repo-creds", shown);
  if (parsed.ok) {
    const { value } = parsed;
    return {
      uid,
      version,
      value: "read" in value ? { is: "repository", value } : { is: "cluster", entry: value },
      problems: parsed.warnings,
    };
  }
  const kept = last !== undefined && isOf(last.value, type) ? last.value : undefined;
  const ending = kept === undefined ? "nothing of it is used" : "what was read of it last is used";
  return {
    uid,
    version,
    value: kept ?? { is: "nothing" },
    problems: parsed.problems.map((problem) => ({ ...problem, text: `${problem.text}; ${ending}` })),
  };
}

function isOf(value: ReadSecret, type: string): boolean {
  return value.is === "repository" ? value.value.read.use === type : value.is === type;
}

function notUsed(shown: string, type: string): Problem {
  const path = `metadata.labels[${JSON.stringify(SECRET_TYPE_LABEL)}]`;
  const why = Object.hasOwn(NOT_USED, type) ? NOT_USED[type] : undefined;
  if (why !== undefined)
    return { severity: "warning", object: shown, path, text: `${type} changes nothing: ${why}` };
  const meant = nearest(type, USED);
  return {
    severity: "warning",
    object: shown,
    path,
    text: "is no type of Secret that Argo CD knows; nothing of it is used",
    fix: meant === undefined ? `Write one of ${USED.join(", ")}` : `Did you mean ${meant}?`,
  };
}

function readMap(
  name: string,
  map: KubeObject | undefined,
  last: Reading<ArgoSettings | undefined> | undefined,
): Reading<ArgoSettings | undefined> | undefined {
  if (map === undefined) return last === undefined ? undefined : withoutMap(name, last);
  const version = map.metadata.resourceVersion ?? "";
  if (last !== undefined && version !== "" && last.version === version) return last;
  const read = readSettings(name, map, nameOf(map));
  const { settings } = read;
  const problems = [...read.problems, ...unlabelled(name, map)];
  if (problems.every(({ severity }) => severity !== "error")) return { version, value: settings, problems };
  const ending =
    last?.value === undefined
      ? "nothing is written to any cluster before it can be read"
      : "what was read of the ConfigMap last holds";
  return {
    version,
    value: last?.value,
    problems: problems.map((problem) =>
      problem.severity === "error" ? { ...problem, text: `${problem.text}; ${ending}` } : problem,
    ),
  };
}

/** Argo CD finds `argocd-cm` by its label, and the others by their names or in its Pods. */
function unlabelled(name: string, map: KubeObject): Problem[] {
  const { namespace = "", labels = {} } = map.metadata;
  if (name !== SETTINGS_MAP || labels[PART_OF.label] === PART_OF.value) return [];
  const label = `${PART_OF.label}=${PART_OF.value}`;
  return [
    {
      severity: "warning",
      object: nameOf(map),
      path: `metadata.labels["${PART_OF.label}"]`,
      text: `is not ${PART_OF.value}: it holds here by its name, and an Argo CD beside this server does not find it`,
      fix: `kubectl -n ${namespace} label --overwrite configmap ${name} ${label}`,
    },
  ];
}

function withoutMap(
  name: string,
  last: Reading<ArgoSettings | undefined>,
): Reading<ArgoSettings | undefined> {
  return {
    version: "",
    value: last.value,
    problems: [
      {
        severity: last.value === undefined ? "error" : "warning",
        object: `ConfigMap ${name}`,
        text:
          last.value === undefined
            ? "it is gone, and could never be read; nothing is written to any cluster until it is there again, or the daemon starts anew"
            : "it is gone; what was read of it last holds until it is there again, or the daemon starts anew",
        fix: "Make it again, with what is to hold",
      },
    ],
  };
}

function trustOf(
  maps: ReadonlyMap<string, KubeObject>,
  last: HostTrust,
): { trust: HostTrust; problems: readonly Problem[] } {
  const certificates = maps.get(TLS_CERTIFICATES),
    hosts = maps.get(KNOWN_HOSTS);
  const { authorities, problems } =
    certificates === undefined
      ? { authorities: NO_TRUST.authorities, problems: [] }
      : readTlsCertificates(certificates, nameOf(certificates), last.authorities);
  return { trust: { authorities, knownHosts: hosts === undefined ? "" : readKnownHosts(hosts) }, problems };
}

/** As problems name it. */
function nameOf({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
}
