/** What stands between the deletions of a try and the API server, asked right before each of them. */
import { owningApp } from "../../core/compare/index.ts";
import type { DesiredObject } from "../../core/model/desired-object.ts";
import { holdsSecrets } from "../../core/model/filled-in.ts";
import type { HomeContents } from "../../core/model/home-contents.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import { type RefKey, refKey, show } from "../../core/model/object-ref.ts";
import { homeOf, isIn, sayNewcomers } from "../../core/plan/home-contents.ts";
import { undoWords } from "../../core/undo/undo-words.ts";
import { timestamp } from "../../lib/timestamp.ts";
import type { Target } from "../target/target.ts";
import { isSameTips, revisionNamesOf } from "../target/tips.ts";
import type { Carrying } from "./carrying.ts";
import { asksForNewest } from "./delivered-target.ts";
import { doingMeanwhile } from "./doing.ts";
import { pausedPrunes } from "./guards.ts";
import type { Trying } from "./trying.ts";

const SAID_EVERY_MS = 1_000;

type Deletions = Pick<
  Carrying,
  | "mustStay"
  | "othersLooked"
  | "someUndecided"
  | "stays"
  | "keepDeleted"
  | "undoWords"
  | "objection"
  | "pruneTurn"
>;

export function deletionsOfTry(trying: Trying): Deletions {
  const { managed, run, compared, objects, host, slot, snapshot, refusedNow, ended, show } = trying;
  const { cluster, settings } = snapshot;
  const judged = new Map(
    compared.comparison.differences.flatMap((difference) =>
      difference.is === "extra" ? [[difference.key, difference.live.resourceVersion]] : [],
    ),
  );
  const pace = host.paceOf(managed);
  const sayPace = paceSayer(trying);
  const mustStay = () => pausedPrunes(host.ports).paused;
  const wantedAgain = sayWantedAgain(trying);
  const stays = (live: LiveObject): string | undefined =>
    mustStay() ?? handedOver(live, trying) ?? wantedAgain(live);
  const waitingInLine = doingMeanwhile(run, "waiting-to-prune");
  // Once they are deleted, nobody else knows what they held.
  const met = new Map<RefKey, KubeObject>();
  return {
    mustStay,
    async othersLooked() {
      let said = "";
      await slot.without(() =>
        host.othersLooked(managed, ended, (message) => {
          said = message;
          show(message);
        }),
      );
      if (said !== "") show("syncing");
    },
    someUndecided: () => host.undecided(managed) !== undefined,
    stays,
    keepDeleted(live) {
      if (holdsSecrets(live.object)) met.set(live.key, live.object);
      return host.deleted.keep(live, {
        app: managed.key,
        appUid: managed.spec.uid,
        run: run.id,
        server: cluster.server,
        objects,
      });
    },
    undoWords: (ref) =>
      settings.keepDeletedForMs === 0
        ? undefined
        : undoWords(ref, met.get(refKey(ref)) ?? cluster.get(refKey(ref))?.object),
    async objection(live) {
      const refusal = judged.get(live.key) === live.resourceVersion ? undefined : refusedNow(live);
      if (refusal !== undefined) return `it was changed meanwhile. ${refusal.text}`;
      const before = compared.contents.get(live.key);
      return before === undefined ? undefined : newcomers(live, before, trying);
    },
    async pruneTurn({ key, uid }, left) {
      // What stays takes nobody's turn: a pause, or a commit, that keeps the rest is not waited out.
      const isNeeded = (): boolean => {
        const live = cluster.get(key);
        return live === undefined || (live.uid === uid && stays(live) === undefined);
      };
      const onWait = (): void => sayPace(left);
      await waitingInLine(() => slot.without(() => pace.turn(ended, { isNeeded, onWait })));
    },
  };
}

/** A long prune says how far it is, once in a second. */
function paceSayer({ host: { ports }, show }: Trying): (left: number) => void {
  const { clock, settings } = ports;
  const since = timestamp(clock.now());
  let saidAt = Number.NEGATIVE_INFINITY;
  return (left) => {
    if (clock.monotonic() - saidAt < SAID_EVERY_MS) return;
    saidAt = clock.monotonic();
    const { perSecond } = settings().prune;
    show(`waiting since ${since} to delete ${left + 1} more, ${perSecond} in a second (prune.perSecond)`);
  };
}

/** Whoever took it over since it was compared may have let go of it again: it is that one's all the same. */
function handedOver(live: LiveObject, { managed, host, snapshot, compared }: Trying): string | undefined {
  const owner = owningApp(live, compared.us);
  if (owner.is !== "us") return `it belongs to ${owner.is === "other" ? owner.name : "nobody"} by now`;
  const heir = host.claims.otherWanting(managed.key, snapshot.cluster, live.key);
  return heir === undefined ? undefined : `application ${heir.key} wants it now`;
}

/**
 * What a commit wants that came after the sync was planned, or wants to be in what would go. Where a person names a
 * revision, what was wanted beside it then is left out: it is followed all the same.
 */
function sayWantedAgain({
  managed,
  request,
  wantedBefore,
}: Trying): (live: LiveObject) => string | undefined {
  const isAutomated = request.initiatedBy?.automated === true;
  const meant = new Set(
    isAutomated || asksForNewest(request.sync) ? [] : wantedBefore?.desired.map(({ key }) => key),
  );
  let known: { of: Target | undefined; came: ReadonlyMap<RefKey, DesiredObject> } = {
    of: undefined,
    came: new Map(),
  };
  return (live) => {
    const { target: now } = managed;
    // A sync of the newest may know more than the last pass did.
    if (now === undefined || (!isAutomated && wantedBefore !== undefined && isSameTips(now, wantedBefore)))
      return undefined;
    if (now !== known.of) {
      const came = now.desired.filter(({ key }) => !meant.has(key));
      known = { of: now, came: new Map(came.map((want) => [want.key, want])) };
    }
    const by = revisionNamesOf(now).join(", ");
    if (known.came.get(live.key)?.role.is === "ordinary") return `${by} wants it again`;
    const home = homeOf(live);
    const inside = home && [...known.came.values()].find(({ ref }) => isIn(ref, home));
    return inside && `${by} wants ${show(inside.ref)}, which would go with it`;
  };
}

/** Of a Namespace or a definition: what came into it since it was planned. */
async function newcomers(
  live: LiveObject,
  before: HomeContents,
  { host, snapshot, compared }: Trying,
): Promise<string | undefined> {
  const seen = "uids" in before ? before.uids : undefined;
  const now = await host.homes.look([live], snapshot, compared.us, "now", seen);
  return sayNewcomers(before, now.get(live.key) ?? { is: "unknown", why: "it was not looked into" });
}
