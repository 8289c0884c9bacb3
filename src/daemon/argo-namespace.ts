/** What Argo CD's Secrets and ConfigMaps in the home namespace say, followed as they change. */
import { OWN_SECRET, rememberedPolicy } from "../core/argocd/argo-access.ts";
import { type ArgoHeld, type ArgoMemory, holdArgo, NOTHING_HELD, READ_MAPS } from "../core/argocd/held.ts";
import { IMAGE_UPDATER_MAP } from "../core/argocd/image-updater-config.ts";
import { NOTIFICATIONS_MAP } from "../core/argocd/notifications.ts";
import { PART_OF, settingKey } from "../core/argocd/setting-keys.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import { SECRET_TYPE_LABEL } from "../core/model/parse-cluster-secret.ts";
import { type Problem, showProblem } from "../core/model/problem.ts";
import type { Cluster } from "../core/ports/cluster.ts";
import type { Log } from "../core/ports/log.ts";
import type { ObjectWatch } from "../core/ports/object-watch.ts";
import { startTimer, type Timer } from "../lib/timer.ts";

/** By this alone a setting may name a Secret, as with Argo CD. */
const LABELLED = `${PART_OF.label}=${PART_OF.value}`;
interface Followed {
  kind: "Secret" | "ConfigMap";
  where: { labelSelector: string } | { name: string };
}
const KEPT: Followed = { kind: "Secret", where: { labelSelector: LABELLED } };
const OWN: Followed = { kind: "Secret", where: { name: OWN_SECRET } };
/** By name: who forgot the label has written them all the same, and would have the API open to everybody without a word. */
const MAPS = READ_MAPS.map((name): Followed => ({ kind: "ConfigMap", where: { name } }));
/** What is delivered does not hang on it: who may not see it delivers all the same. */
const TOLD: Followed = { kind: "ConfigMap", where: { name: NOTIFICATIONS_MAP } };
const IMAGES: Followed = { kind: "ConfigMap", where: { name: IMAGE_UPDATER_MAP } };
const TYPED: Followed = { kind: "Secret", where: { labelSelector: SECRET_TYPE_LABEL } };
/** What is seen together or not, and what its being unseen does. */
const GROUPS = [
  {
    all: [TYPED],
    called: "Secrets",
    without: "nothing is written to any cluster before they are",
  },
  {
    all: MAPS,
    called: "ConfigMaps",
    without: "nothing is written to any cluster before they are",
  },
  {
    all: [TOLD],
    called: `ConfigMap ${NOTIFICATIONS_MAP}`,
    without: "nobody is told of anything by what it says, before it is",
  },
  {
    all: [IMAGES],
    called: `ConfigMap ${IMAGE_UPDATER_MAP}`,
    without: "no registry is asked as it says, before it is",
  },
  {
    all: [OWN, KEPT],
    called: `Secret ${OWN_SECRET} and Secrets with ${LABELLED}`,
    without: "nobody signs in by what they hold, and nobody is let in unasked, before they are",
  },
] as const;
const ALL = GROUPS.flatMap(({ all }) => all);

/** What changes at once (an apply of many) is taken up at once. */
const TOGETHER_MS = 20;

export interface ArgoNamespaceParts {
  namespace: string;
  log: Log;
  lastPolicy: LastPolicy;
}

/** The text of the policy that was read whole last, through restarts. */
export interface LastPolicy {
  read(): string | undefined;
  /** @throws where it cannot be written down */
  write(text: string): void;
}

/** A kind that is not seen leaves what was seen of it last; before both were seen once, nothing is known. */
export class ArgoNamespace {
  #cluster: Pick<Cluster, "watch"> | undefined;
  readonly #watches = new Map<Followed, ObjectWatch>();
  readonly #seen = new Map<Followed, readonly KubeObject[]>();
  #memory: ArgoMemory;
  #held: ArgoHeld | undefined;
  #soon: Timer | undefined;
  #said = "";
  /** Keys that are not honoured, which were told. */
  readonly #told = new Set<string>();
  readonly #waiting = new Set<() => void>();
  #onChange: () => void = () => undefined;

  constructor(private readonly parts: ArgoNamespaceParts) {
    this.#memory = { ...NOTHING_HELD, access: rememberedPolicy(parts.lastPolicy.read() ?? "") };
  }

  /** @param cluster the home's, as it is connected now; the very same one changes nothing */
  follow(cluster: Pick<Cluster, "watch"> | undefined): void {
    if (cluster === this.#cluster) return;
    this.#endWatches();
    this.#cluster = cluster;
    if (cluster === undefined) return;
    for (const each of ALL) {
      this.#watches.set(
        each,
        cluster.watch(
          { group: "", version: "v1", kind: each.kind },
          { namespaces: [this.parts.namespace], ...each.where },
          { changed: () => this.#later(), gone: () => this.#later(), became: () => this.#later() },
        ),
      );
    }
  }

  /** @param listener called when something of it may be other than before */
  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  /** What is held now; undefined: nothing was seen yet. */
  held(): ArgoHeld | undefined {
    return this.#held;
  }

  /** Why nothing may be written; undefined: all that is meant is known. */
  unknown(): string | undefined {
    const { namespace } = this.parts;
    if (this.#held === undefined)
      return `what Argo CD's Secrets and ConfigMaps in namespace ${namespace} of the home cluster say is not known yet`;
    return this.#held.unknown.length === 0
      ? undefined
      : `Argo CD's settings in namespace ${namespace} are not known: ${this.#held.unknown.join(", ")}`;
  }

  problems(): Problem[] {
    return [...this.#unseen(), ...(this.#held?.problems ?? []), ...(this.#held?.access.problems ?? [])];
  }

  /** Resolves when all that is followed was seen once, or cannot be for now, or after `mostMs`. */
  async settled(mostMs: number): Promise<void> {
    if (this.#isSettled()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    const timer = startTimer(mostMs, resolve);
    await promise;
    timer.cancel();
    this.#waiting.delete(resolve);
  }

  stop(): void {
    this.#endWatches();
    for (const done of this.#waiting) done();
  }

  #endWatches(): void {
    this.#soon?.cancel();
    this.#soon = undefined;
    for (const watch of this.#watches.values()) watch.stop();
    this.#watches.clear();
  }

  #isSettled(): boolean {
    return ALL.every((each) => {
      const state = this.#watches.get(each)?.state();
      return state === undefined || state.is === "unseen" || (state.is === "shown" && this.#seen.has(each));
    });
  }

  #later(): void {
    this.#soon ??= startTimer(TOGETHER_MS, () => {
      this.#soon = undefined;
      this.#look();
    });
  }

  #look(): void {
    for (const [each, watch] of this.#watches)
      if (watch.state().is === "shown") this.#seen.set(each, shownOf(each, watch.objects()));
    const secrets = this.#allOf([TYPED]),
      configMaps = this.#allOf(MAPS)?.concat(this.#seen.get(TOLD) ?? [], this.#seen.get(IMAGES) ?? []),
      kept = this.#allOf([KEPT, OWN]);
    if (secrets !== undefined && configMaps !== undefined) {
      const { held, memory } = holdArgo({ secrets, configMaps, kept }, this.#memory);
      this.#sayNotHonoured(held.notHonoured);
      this.#notePolicy(memory.access.policyText);
      this.#memory = memory;
      this.#held = held;
    }
    this.#sayProblems();
    if (this.#isSettled()) for (const done of this.#waiting) done();
    this.#onChange();
  }

  /** @returns undefined: not all of it was seen yet */
  #allOf(followed: readonly Followed[]): KubeObject[] | undefined {
    const seen = followed.map((each) => this.#seen.get(each));
    return seen.includes(undefined) ? undefined : seen.flatMap((objects) => objects ?? []);
  }

  /** A disk that is full takes nobody's rights: what is read holds all the same, and the next start has the one before. */
  #notePolicy(text: string): void {
    if (text === this.#memory.access.policyText) return;
    try {
      this.parts.lastPolicy.write(text);
    } catch (cause) {
      this.parts.log.warn("the policy could not be noted for the next start", { why: String(cause) });
    }
  }

  /** Each of them once, for as long as the daemon runs. */
  #sayNotHonoured(keys: readonly string[]): void {
    const fresh = keys.filter((key) => !this.#told.has(key));
    for (const key of fresh) this.#told.add(key);
    if (fresh.length > 0)
      this.parts.log.info("some of Argo CD's settings are not honoured: docs/argocd-settings.md", {
        keys: Object.fromEntries(fresh.map((key) => [key, whyNotHonoured(key)])),
      });
  }

  #unseen(): Problem[] {
    return GROUPS.flatMap(({ all, called, without }): Problem[] => {
      const blind = all.flatMap((each) => {
        const state = this.#watches.get(each)?.state();
        if (state?.is !== "unseen" && state?.is !== "absent") return [];
        const why = state.is === "unseen" ? state.why : "the server says that it has no such kind";
        return [{ why, isHeld: this.#seen.has(each), kind: each.kind }];
      });
      const [first] = blind;
      if (first === undefined) return [];
      const ending = blind.every(({ isHeld }) => isHeld) ? "what was seen of them last holds" : without;
      return [
        {
          severity: "error",
          object: `${called} in namespace ${this.parts.namespace} of the home cluster`,
          text: `they are not seen: ${first.why}; ${ending}`,
          fix: `Let the daemon's account list and watch ${first.kind.toLowerCase()}s there, and look at the server`,
        },
      ];
    });
  }

  #sayProblems(): void {
    const problems = this.problems().map(showProblem);
    const said = problems.join("\n");
    if (said !== this.#said && said !== "")
      this.parts.log.warn("Argo CD's Secrets and settings are not all as they can be used", { problems });
    this.#said = said;
  }
}

/** @param key `<ConfigMap>: <key>` */
function whyNotHonoured(key: string): string {
  const [map = "", ...rest] = key.split(": ");
  const known = settingKey(map, rest.join(": "));
  return known?.is === "not-honoured" ? known.why : "";
}

/** Items of a list do not say their kind. One that is followed by its name is not taken from who selects by a label too. */
function shownOf({ kind, where }: Followed, objects: Iterable<KubeObject>): KubeObject[] {
  return [...objects]
    .filter(({ metadata }) =>
      "name" in where ? metadata.name === where.name : where !== KEPT.where || metadata.name !== OWN_SECRET,
    )
    .map((object) => ({ ...object, apiVersion: "v1", kind }))
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}
