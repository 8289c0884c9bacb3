/** The compiled demo with its neighbours, once all that happens to them has happened. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { toolsFromNpm } from "../../src/render/tools-from-npm.ts";
import { BINARY } from "./daemon.ts";
import { eventually } from "./eventually.ts";
import { type Started, started } from "./started.ts";

interface Shown {
  metadata: { name: string };
  status?: {
    sync: { status: string };
    health: { status: string };
    operationState?: { phase: string };
    hold?: object;
  };
}

/** What the neighbours have come to: one in each kind of trouble, and the others well. */
const STORY: Readonly<Record<string, string>> = {
  mailer: "Synced Degraded",
  payments: "OutOfSync Healthy",
  search: "Synced Healthy held",
  reports: "Synced Suspended",
  catalogue: "OutOfSync Missing Running",
  import: "OutOfSync Missing",
  warehouse: "OutOfSync Progressing Running",
  ledger: "OutOfSync Missing",
  ...Object.fromEntries(
    ["clock", "guestbook", "shop", "paper-staging", "paper-production"].map((name) => [
      name,
      "Synced Healthy",
    ]),
  ),
  ...Object.fromEntries(["acme", "globex", "initech"].map((name) => [`tenant-${name}`, "Synced Healthy"])),
};

function standing({ status }: Shown): string {
  return [
    status?.sync.status,
    status?.health.status,
    ...(status?.operationState?.phase === "Running" ? ["Running"] : []),
    ...(status?.hold === undefined ? [] : ["held"]),
  ].join(" ");
}

export interface DemoWithStory {
  url: string;
  /** Ends it; its folder goes. */
  stop(): Promise<void>;
}

export async function demoWithStory(): Promise<DemoWithStory> {
  const home = mkdtempSync(join(tmpdir(), "holdfast-pages-"));
  const tools = await toolsFromNpm(join(import.meta.dir, "..", ".."));
  const demo = started([BINARY, "demo", "--listen", "127.0.0.1:0"], {
    cwd: home,
    env: {
      HOME: home,
      PATH: [...(tools === undefined ? [] : [dirname(tools.helm)]), process.env.PATH ?? ""].join(delimiter),
    },
  });
  const stop = async (): Promise<void> => {
    demo.toItself("SIGTERM");
    await demo.ended;
    rmSync(home, { recursive: true, force: true });
  };
  try {
    return { url: await shownAt(demo), stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

/** @returns its address, once the story is over */
async function shownAt(demo: Started): Promise<string> {
  const url = (await demo.until(/Status page\s+(http:\/\/127\.0\.0\.1:\d+)\//))[1] ?? "";
  await eventually(
    () => `the neighbours' story is over\n${demo.text()}`,
    async () => {
      const { items } = (await (await fetch(`${url}/api/v1/applications`)).json()) as { items: Shown[] };
      const now = Object.fromEntries(items.map((app) => [app.metadata.name, standing(app)]));
      // One that is refused is tried now and then.
      if (now["import"]?.endsWith(" Running") === true) return false;
      if (!Bun.deepEquals(now, STORY)) return false;
      // Its last step.
      const orphans = await fetch(`${url}/api/holdfast/v1/resources?q=is:orphan`);
      return ((await orphans.json()) as { total: number }).total > 0;
    },
    120_000,
  );
  return url;
}
