/** What stands between the deletions of a try and the API server, asked right before each of them. */
import { owningApp } from "../../core/compare/index.ts";
import type { HomeContents } from "../../core/model/home-contents.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import { sayNewcomers } from "../../core/plan/home-contents.ts";
import { undoWords } from "../../core/undo/undo-words.ts";
import { timestamp } from "../../lib/timestamp.ts";
import type { Carrying } from "./carrying.ts";
import { pausedPrunes } from "./guards.ts";
import type { Trying } from "./trying.ts";

const SAID_EVERY_MS = 1_000;

type Deletions = Pick<
  Carrying,
  "mustStay" | "othersLooked" | "handedOver" | "keepDeleted" | "undoWords" | "objection" | "pruneTurn"
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
    handedOver: (live) => mustStay() ?? handedOver(live, trying),
    keepDeleted: (live) =>
      host.deleted.keep(live, {
        app: managed.key,
        appUid: managed.spec.uid,
        run: run.id,
        server: cluster.server,
        objects,
      }),
    undoWords: (ref) => (settings.keepDeletedForMs === 0 ? undefined : undoWords(ref)),
    async objection(live) {
      const refusal = judged.get(live.key) === live.resourceVersion ? undefined : refusedNow(live);
      if (refusal !== undefined) return `it was changed meanwhile. ${refusal.text}`;
      const before = compared.contents.get(live.key);
      return before === undefined ? undefined : newcomers(live, before, trying);
    },
    pruneTurn: (left) => slot.without(() => pace.turn(ended, () => sayPace(left))),
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
