/** Proving that nothing happens: waiting until nobody has anything to do, and counting what is asked and written after. */
import { expect } from "bun:test";
import { eventually } from "./eventually.ts";
import { isQuiet, isSynced, type Placed, type Shown, type Stage } from "./stage.ts";

/** The daemon's requests that would be too many, by the API server's audit log. */
export interface Spent {
  /** Dry runs. */
  asked: number;
  written: number;
}

export function spent(stage: Stage): Spent {
  return { asked: stage.dryRuns().length, written: stage.writes("").length };
}

/**
 * Waits until an application is Synced and nobody has anything to do: controllers write a while after a sync, and the
 * daemon looks at what they wrote. What is counted is everybody's, so that every other application is waited for too; after
 * a restart they are looked at one after another.
 */
export async function calm(stage: Stage, app: Placed): Promise<Spent> {
  let last = "";
  let calmFor = 0;
  return eventually(`${app.name} is calm`, async () => {
    const now = await app.get();
    const counts = spent(stage);
    const text = JSON.stringify([counts, now.status?.resources, now.status?.operationState?.finishedAt]);
    const all = await stage.daemon.api<{ items: Shown[] }>("/api/v1/applications");
    const { status: ready } = await stage.daemon.api("/readyz");
    const isCalm = text === last && isSynced(now) && ready === 200 && all.body.items.every(isQuiet);
    calmFor = isCalm ? calmFor + 1 : 0;
    last = text;
    return calmFor > 4 && counts;
  });
}

/** What each object of the application is at. */
async function versions(stage: Stage, app: Placed): Promise<string> {
  const { body } = await stage.daemon.api<{ items: Shown[] }>(
    `/api/v1/applications/${app.name}/managed-resources`,
  );
  return body.items.map(({ kind, name, resourceVersion }) => `${kind}/${name} ${resourceVersion}`).join(" ");
}

/**
 * Refreshes, the second time without the render cache; nothing may be asked or written for it. Where a controller wrote
 * meanwhile (finalizers, addresses), what was asked may be due to that, and is looked at again.
 */
export async function staysSynced(stage: Stage, app: Placed): Promise<void> {
  for (let tries = 0; ; tries++) {
    const before = { ...(await calm(stage, app)), versions: await versions(stage, app) };
    for (const how of ["normal", "hard"] as const)
      expect((await app.refresh(how)).status.sync.status).toBe("Synced");
    const after = { ...(await calm(stage, app)), versions: await versions(stage, app) };
    if (after.versions !== before.versions && tries < 5) continue;
    expect(after).toEqual(before);
    return;
  }
}
