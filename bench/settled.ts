/**
 * Waiting for applications, which ends in a sentence where nothing moves any more: a bench that waits for what never comes
 * measures nothing and says nothing.
 */
import type { RunningDaemon } from "./running-daemon.ts";

/** How an application stands, as far as waiting asks. */
export interface Standing {
  name: string;
  sync: string;
  health: string;
  /** Conditions and the last operation's message, the first first. */
  says: readonly string[];
}

/** Of what was waited for in vain. */
export interface Stuck {
  wanted: number;
  count: number;
  /** What is waited for, as the end of "n of m applications did not …". */
  become: string;
  patienceMs: number;
}

export function stuckSentence(
  { wanted, count, become, patienceMs }: Stuck,
  standing: readonly Standing[],
): string {
  const some = standing
    .slice(0, 3)
    .map(
      ({ name, sync, health, says }) =>
        `${name} is ${sync} and ${health}${says.length === 0 ? "" : `: ${says.join(" ").slice(0, 400)}`}`,
    );
  const those = some.length === 0 ? "all of them are Synced and Healthy" : some.join("; ");
  return `${wanted - count} of ${wanted} applications did not ${become}: nothing came for ${Math.round(patienceMs / 1_000)} s. ${those}`;
}

interface Listed {
  metadata: { name: string };
  status?: {
    sync?: { status?: string };
    health?: { status?: string };
    conditions?: { type: string; message: string }[];
    operationState?: { phase: string; message?: string };
  };
}

/** Those that are not Synced and Healthy, as the daemon lists them. */
export async function unsettledOf(daemon: Pick<RunningDaemon, "api">): Promise<Standing[]> {
  const { items } = await daemon.api<{ items: Listed[] | null }>("/api/v1/applications");
  return (items ?? []).flatMap(({ metadata: { name }, status }) => {
    const sync = status?.sync?.status ?? "Unknown",
      health = status?.health?.status ?? "Unknown";
    if (sync === "Synced" && health === "Healthy") return [];
    const { phase = "Succeeded", message = "" } = status?.operationState ?? {};
    return [
      {
        ...{ name, sync, health },
        says: [
          ...(status?.conditions ?? []).map((condition) => `${condition.type}: ${condition.message}.`),
          ...(phase === "Succeeded" ? [] : [`Its last sync: ${phase}, ${message}.`]),
        ],
      },
    ];
  });
}

/** Of a scrape: applications that are Synced and Healthy. */
export function settledIn(text: string): number {
  let count = 0;
  for (const [line] of text.matchAll(/^argocd_app_info\{.*$/gm))
    if (line.includes('sync_status="Synced"') && line.includes('health_status="Healthy"')) count++;
  return count;
}

/** Of a scrape: syncs that ended well since the daemon's start. */
export function syncsIn(text: string): number {
  let sum = 0;
  for (const [, value] of text.matchAll(/^argocd_app_sync_total\{[^}]*phase="Succeeded"[^}]*\} (\S+)$/gm))
    sum += Number(value);
  return sum;
}

export interface Settling {
  apps: number;
  /** Since the daemon's start. */
  syncs: number;
  /** Given up when for so long no sync ended and no other application became Synced and Healthy. */
  patienceMs: number;
  everyMs?: number;
  /** Given up in any case. */
  limitMs?: number;
}

/** Resolves when so many syncs ended well and so many applications are Synced and Healthy. @throws {Error} a sentence */
export async function untilSettled(
  daemon: Pick<RunningDaemon, "scrape" | "api">,
  { apps, syncs, patienceMs, everyMs = 250, limitMs = 7_200_000 }: Settling,
): Promise<void> {
  const begun = performance.now();
  let [most, best, moved] = [-1, -1, begun];
  for (;;) {
    const text = await daemon.scrape();
    const [settled, done] = [settledIn(text), syncsIn(text)];
    if (settled >= apps && done >= syncs) return;
    const now = performance.now();
    // One commit to all takes all from Synced first, so that what is settled may fall; of syncs there are only more.
    if (done > most) [most, best, moved] = [done, settled, now];
    else if (settled > best) [best, moved] = [settled, now];
    if (now - moved > patienceMs || now - begun > limitMs) {
      const count = Math.min(settled, Math.max(0, apps - Math.max(0, syncs - done)));
      const become = "become Synced and Healthy by a sync";
      throw new Error(stuckSentence({ wanted: apps, count, become, patienceMs }, await unsettledOf(daemon)));
    }
    await Bun.sleep(everyMs);
  }
}

/**
 * When the cluster shows all, by a watch of the bench's own, while the daemon says how far it is.
 * @param seen what the watch has seen so far
 * @throws {Error} a sentence where nothing moves, or where the daemon calls settled what the cluster does not show
 */
export async function appliedAndSettled(
  applied: { at: Promise<number>; seen(): number; wanted: number },
  daemon: Pick<RunningDaemon, "scrape" | "api">,
  settling: Settling,
): Promise<number> {
  await untilSettled(daemon, settling);
  const { patienceMs, apps } = settling;
  const at = await inTime(applied.at, patienceMs);
  if (at !== "late") return at;
  throw new Error(
    `the daemon says that all ${apps} applications are Synced, but of ${applied.wanted} objects the cluster shows ${applied.seen()} as Git has them, ${Math.round(patienceMs / 1_000)} s later`,
  );
}

/** What it resolves with, or `late` after so long. */
async function inTime<T>(awaited: Promise<T>, ms: number): Promise<T | "late"> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<"late">((resolve) => (timer = setTimeout(() => resolve("late"), ms)));
  try {
    return await Promise.race([awaited, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** When the cluster shows what one commit changed. @throws {Error} a sentence where it does not within `patienceMs` */
export async function appliedWithin(
  applied: { at: Promise<number>; seen(): number; wanted: number },
  daemon: Pick<RunningDaemon, "api">,
  patienceMs: number,
): Promise<number> {
  const ended = await inTime(applied.at, patienceMs);
  if (ended !== "late") return ended;
  const { wanted } = applied;
  const become = "show in the cluster what was committed";
  throw new Error(
    stuckSentence({ wanted, count: applied.seen(), become, patienceMs }, await unsettledOf(daemon)),
  );
}
