/** Nothing is deleted because of one render: before that it is made once more, by a real Helm, and held against the first. */
import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { appKey } from "../../src/core/model/application.ts";
import { Failure } from "../../src/core/model/failure.ts";
import type { Git } from "../../src/core/ports/git.ts";
import type { Store } from "../../src/core/ports/store.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import {
  AUTOMATED,
  conditions,
  type Files,
  HOME,
  type Repository,
  type Rig,
  type RigOptions,
  results,
  sharedWorld,
  type World,
} from "../lib/engine-rig.ts";
import { runGit } from "../lib/git-server.ts";
import { changeKeptRenders } from "../lib/kept-renders.ts";
import { configMap } from "../lib/manifests.ts";
import { npmToolSets } from "../lib/render-host.ts";

const [tools] = await npmToolSets();
const helm = tools?.programs["helm"] ?? "";
let world: World;
const start = sharedWorld((made) => {
  world = made;
});

const map = (name: string): string => `apiVersion: v1
kind: ConfigMap
metadata: { name: ${name} }
data: { size: {{ .Values.size | quote }} }
`;
const chart = (...templates: string[]): Record<string, string> => ({
  "Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
  "values.yaml": "size: 1\n",
  ...Object.fromEntries(templates.map((text, at) => [`templates/${at}.yaml`, text])),
});
const namesIn = async (namespace: string): Promise<string[]> => {
  const { items } = await world.must("GET", `/api/v1/namespaces/${namespace}/configmaps`);
  return (items as { metadata: { name: string } }[])
    .map(({ metadata }) => metadata.name)
    .filter((name) => name !== "kube-root-ca.crt")
    .sort();
};
const deletes = ({ requests }: Rig): number => requests.filter(({ verb }) => verb === "delete").length;

/** What left Git goes when somebody says so. */
const UNPRUNED = { syncPolicy: { automated: { prune: false } } } as const;

interface Kept {
  name: string;
  repository: Repository;
  rig: Rig;
  /** Where its renders are kept. */
  renders: string;
  /** What is done while no daemon runs, then a new one on the same store and the same renders. */
  restart(meanwhile?: () => Promise<unknown>): Promise<Rig>;
}

/** A chart that was synced by a daemon that keeps its renders on disk. */
async function kept(name: string, files: Files, spec = {}): Promise<Kept> {
  const store: Store = memoryStore();
  const renders = join(world.dir, `renders of ${name}`);
  const options: RigOptions = { store, programs: { helm }, cacheDir: renders };
  const rig = await start(options);
  const repository = await rig.placeNew(name, files, { spec });
  await rig.untilSettled(name);
  return {
    name,
    repository,
    rig,
    renders,
    async restart(meanwhile) {
      const folder = structuredClone(rig.folder);
      await rig.stop();
      await meanwhile?.();
      const next = await start({ ...options, folder });
      await next.refresh(name);
      await next.untilIdle();
      return next;
    },
  };
}

describe("a kept render that lost an object", () => {
  const without = (name: string, renders: string) =>
    changeKeptRenders(renders, (documents) => {
      const left = documents.filter(({ text }) => !text.includes(`name: ${name} `));
      return left.length < documents.length ? left : undefined;
    });

  test("deletes nothing: the whole one is what Git wants, and it stays Synced", async () => {
    const { name, renders, restart } = await kept("lost", chart(map("one"), map("two"), map("three")));
    const rig = await restart(() => without("two", renders));
    expect(await namesIn(name)).toEqual(["one", "three", "two"]);
    expect([rig.app(name).status?.sync.status, deletes(rig)]).toEqual(["Synced", 0]);
    // From the file first, and by Helm once it came to a deletion.
    expect(rig.rendered).toEqual([name]);
  });

  test("deletes what left Git besides", async () => {
    const files = chart(map("one"), map("two"), map("three"));
    const { name, renders, restart, repository, rig: first } = await kept("lost-too", files, UNPRUNED);
    await repository.commit({ "templates/0.yaml": null });
    await first.refresh(name);
    await first.until(name, (app) => app.status?.sync.status === "OutOfSync");
    const rig = await restart(() => without("two", renders));
    const { phase } = await rig.sync(name, { prune: true });
    expect(phase).toBe("Succeeded");
    expect(await namesIn(name)).toEqual(["three", "two"]);
    expect(results(rig.app(name))).toMatchObject({ "ConfigMap/one": "Pruned" });
  });

  test("is found by a hard refresh, too", async () => {
    const { name, renders, restart } = await kept("lost-seen", chart(map("one"), map("two")), UNPRUNED);
    const rig = await restart(() => without("two", renders));
    const statusOf = (rig: Rig) => rig.app(name).status?.sync.status;
    expect(statusOf(rig)).toBe("OutOfSync");
    await rig.refresh(name, "hard");
    await rig.untilIdle();
    expect(statusOf(rig)).toBe("Synced");
  });
});

/** A part of its names is another in each render. */
const byChance = chart(map("plain"), `{{- $word := randAlphaNum 12 | lower }}\n${map("load-{{ $word }}")}`);

describe("a chart that names its objects by chance", () => {
  test("deletes none of an earlier render: it says that the render is not deterministic, and by what", async () => {
    const { name, restart } = await kept("chance", byChance);
    const [before = ""] = (await namesIn(name)).filter((one) => one !== "plain");
    // A render that is not kept is made anew.
    const rig = await restart(async () => rmSync(join(world.dir, `renders of ${name}`), { recursive: true }));
    const names = await namesIn(name);
    expect(names).toContain(before);
    expect(names).toHaveLength(3);
    const [said = ""] = conditions(rig.app(name), "PruneBlocked");
    expect(said).toContain(
      "the render is not deterministic: of two renders of the same commit only the first has ConfigMap chance/load-",
    );
    expect(said).toContain("--prune --confirm 1");
    expect(deletes(rig)).toBe(0);
    // And it is at rest: it is not rendered over and over.
    const runs = rig.rendered.length;
    for (let times = 0; times < 3; times++) {
      await rig.refresh(name);
      await rig.untilIdle();
    }
    expect(rig.rendered).toHaveLength(runs);

    // A rehearsal says it as well, and a person who approves of exactly that has it deleted.
    await rig.sync(name, { prune: true, dryRun: true });
    expect(results(rig.app(name))).toEqual({ [`ConfigMap/${before}`]: "PruneSkipped" });
    expect((await rig.sync(name, { prune: true, confirmPrune: 1 })).phase).toBe("Succeeded");
    expect(await namesIn(name)).not.toContain(before);
  });
});

describe("what is only asked for says it, too, of a chart that names its objects by chance", () => {
  const app = (name: string) => appKey(HOME, name);
  const NOT_DETERMINISTIC = expect.stringContaining("the render is not deterministic");

  test("the plan of a rollback", async () => {
    const name = "chance-back";
    const { rig, repository } = await kept(name, byChance, UNPRUNED);
    const sha = await repository.commit({ "templates/more.yaml": map("more") });
    await rig.refresh(name);
    await rig.until(name, ({ status }) => status?.history?.at(-1)?.revision === sha);
    await rig.untilIdle();
    const found = await rig.control.rollbackPlan(app(name), 0);
    if (found.is === "absent") throw new Error("there is no such application");
    expect(found.value.refusals).toContainEqual({
      ref: { group: "", kind: "ConfigMap", namespace: name, name: "more" },
      text: NOT_DETERMINISTIC,
      guard: "unproven",
    });
  });

  test("the blast radius of a commit that is not merged, and not of a chart that names them each time alike", async () => {
    for (const [name, files, expected] of [
      ["chance-blast", byChance, { effect: "hold", why: NOT_DETERMINISTIC }],
      ["named-blast", chart(map("plain"), map("gone")), { effect: "delete" }],
    ] as const) {
      const { rig, repository } = await kept(name, files);
      const git = (...argv: string[]) => runGit(["-C", repository.url, ...argv]);
      const main = await git("rev-parse", "main");
      const head = await repository.commit({
        "templates/1.yaml": name === "named-blast" ? null : (files["templates/1.yaml"] ?? null),
        "values.yaml": "size: 2\n",
      });
      await git("update-ref", "refs/heads/proposed", head);
      await git("reset", "-q", "--hard", main);
      const effects: unknown[] = [];
      const ask = { repository: repository.url, base: "main", head: "proposed" };
      for await (const event of rig.control.blast(ask, new AbortController().signal))
        if (event.is === "application" && event.effect.is === "compared")
          effects.push(...event.effect.objects);
      expect(effects).toContainEqual(
        expect.objectContaining({ name: expect.stringMatching(/^(load-|gone)/), ...expected }),
      );
    }
  });
});

describe("where it cannot be rendered once more", () => {
  const RETRY = { retry: { limit: 0, backoff: { duration: "1m", factor: 1 } } };
  const spec = { syncPolicy: { ...AUTOMATED, ...RETRY } };

  async function isHeldUp(rig: Rig, name: string, why: RegExp, mend: () => void): Promise<void> {
    const failed = await rig.until(name, (app) => app.status?.operationState?.phase === "Failed");
    const { message = "" } = failed.status?.operationState ?? {};
    expect(message).toMatch(/cannot delete what left Git: what Git wants is rendered once more before that/);
    expect(message).toMatch(why);
    expect(await namesIn(name)).toEqual(["one", "two"]);
    expect(deletes(rig)).toBe(0);
    mend();
    rig.clock.advance(600_000);
    await rig.refresh(name);
    await rig.untilSettled(name);
    expect(await namesIn(name)).toEqual(["one"]);
  }

  test("because the tool fails: nothing is deleted, with the reason, until it works again", async () => {
    const dir = join(world.dir, "breaking helm");
    mkdirSync(dir);
    const [breaks, ran, program] = [join(dir, "breaks"), join(dir, "ran"), join(dir, "helm")];
    writeFileSync(
      program,
      `#!/bin/sh
if [ "$1" = template ] && [ -e "${breaks}" ]; then
  if [ -e "${ran}" ]; then echo "Error: this helm is broken" >&2; exit 1; fi
  touch "${ran}"
fi
exec "${helm}" "$@"
`,
    );
    chmodSync(program, 0o755);
    const rig = await start({ programs: { helm: program } });
    const repository = await rig.placeNew("tool-breaks", chart(map("one"), map("two")), { spec });
    await rig.untilSettled("tool-breaks");
    writeFileSync(breaks, "");
    await repository.commit({ "templates/1.yaml": null });
    await rig.refresh("tool-breaks");
    await isHeldUp(rig, "tool-breaks", /this helm is broken/, () => rmSync(breaks));
    expect(existsSync(ran)).toBe(true);
  });

  test("because Git is gone: the same", async () => {
    const broken = { commit: "", seen: 0 };
    const git = (own: Git): Git => ({
      ...own,
      async tree(access, commit, signal) {
        if (commit === broken.commit && ++broken.seen > 1)
          throw new Failure("git-unreachable", access.url, "backoff", {
            cannot: "read",
            why: "there is no route to it",
          });
        return own.tree(access, commit, signal);
      },
    });
    const rig = await start({ git });
    const objects = (...names: string[]) => names.map((name) => configMap("git-gone", name));
    const repository = await rig.placeNew("git-gone", { "all.yaml": objects("one", "two") }, { spec });
    await rig.untilSettled("git-gone");
    broken.commit = await repository.commit({ "all.yaml": objects("one") });
    await rig.refresh("git-gone");
    await isHeldUp(rig, "git-gone", /there is no route to it/, () => {
      broken.commit = "";
    });
  });
});
