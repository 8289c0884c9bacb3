/** Rounds over applications that want one field otherwise, that are edited meanwhile, or that cannot be looked at. */
import { describe, expect, test } from "bun:test";
import { application } from "../../test/lib/core-objects.ts";
import { rejectionOf } from "../../test/lib/ending-of.ts";
import { recordingLog } from "../../test/lib/recording-log.ts";
import type { ImageUpdater } from "../core/images/image-updater.ts";
import { type AppKey, type Application, keyOfApp } from "../core/model/application.ts";
import type { CommitSha } from "../core/model/commit-sha.ts";
import type { WriteFiles } from "../core/ports/git-writer.ts";
import { ImageUpdates } from "./image-updates.ts";
import type { ImagesPorts } from "./images-ports.ts";

const PREFIX = "argocd-image-updater.argoproj.io/";
const REPOSITORY = "https://git.example.com/shop.git";
const FILE = "app/kustomization.yaml";
const IMAGE = "registry.example.com/web";

/** One that runs a tag of the image, and follows a constraint of it. */
function following(
  name: string,
  constraint: string,
  annotations: Record<string, string> = {},
  spec: Partial<Application["spec"]> = {},
): Application {
  const all = { "image-list": `web=${IMAGE}:${constraint}`, ...annotations };
  return application(
    { source: { repoURL: REPOSITORY, path: "app", targetRevision: "main", kustomize: {} }, ...spec },
    {
      ...{ name, namespace: "argocd" },
      annotations: Object.fromEntries(Object.entries(all).map(([key, value]) => [PREFIX + key, value])),
    },
  );
}

const INTO_FILE = { "write-back-method": "git", "write-back-target": "kustomization" };

/** Applications, a registry with two versions, and a branch whose one file all of them run by as soon as it is written. */
function world(apps: Application[], tag = "1.0.0") {
  let file = `images:\n  - name: ${IMAGE}\n    newTag: "${tag}"\n`;
  const commits: string[] = [];
  const updates: Application[] = [];
  const byKey = new Map<AppKey, Application>();
  const run = (app: Application, running: string): void =>
    void byKey.set(keyOfApp(app), {
      ...app,
      status: { sourceType: "Kustomize", summary: { images: [`${IMAGE}:${running}`] } } as never,
    });
  for (const app of apps) run(app, tag);
  let tip = 1;
  const commit = (): CommitSha => String(tip).padStart(40, "0") as CommitSha;
  const during: (() => void)[] = [];
  const ports = {
    registry: {
      tags: async () => {
        for (const then of during.splice(0)) then();
        return ["1.0.0", "1.5.0", "2.0.0"];
      },
    },
    git: {
      resolve: async () => ({ commit: commit(), ref: "refs/heads/main" }),
      tree: async () => ({
        commit: commit(),
        entry: async (path: string) => (path === FILE ? { name: "x", kind: "file", oid: "" } : undefined),
        read: async () => Buffer.from(file),
      }),
    },
    writer: {
      writeFiles: async (_: unknown, { files, message }: WriteFiles) => {
        commits.push(message.split("\n")[0] ?? "");
        file = files[FILE] ?? file;
        tip++;
        const now = /newTag: "?([0-9.]+)/.exec(file)?.[1] ?? "";
        for (const app of byKey.values()) run(app, now);
        return { is: "pushed", commit: commit() };
      },
    },
    clock: { now: () => 0, monotonic: () => 0, sleep: async () => undefined },
    log: recordingLog(),
    store: { value: () => undefined, putValue: () => undefined, audit: () => undefined },
    settings: () => ({
      registries: [],
      author: { name: "a", email: "b@c" },
      ...{ signingKey: "", message: "", messageTemplate: "", signOff: false },
    }),
    updaters: () => [],
    looking: () => () => undefined,
    lookedBy: () => undefined,
    applications: () => [...byKey.values()],
    application: (key: AppKey) => byKey.get(key),
    nameOf: (key: AppKey) => key,
    imageAccess: async () => ({ is: "reached", access: { url: "oci://registry.example.com/web" } }),
    repositoryAccess: (_: Application, url: string) => ({ url, push: "allowed" }),
    refused: () => undefined,
    paused: () => undefined,
    pushed: () => undefined,
    update: async (app: Application) => {
      updates.push(app);
      run(app, /:([0-9.]+)$/.exec(app.spec.source?.kustomize?.images?.[0] ?? "")?.[1] ?? tag);
      return undefined;
    },
    problemsChanged: () => undefined,
    openPullRequest: async () => "",
    observe: { looked: () => undefined, wrote: () => undefined },
  } as unknown as ImagesPorts;
  const images = new ImageUpdates(ports);
  return { images, ports, commits, updates, byKey, during, fileNow: () => file };
}
const rounds = async ({ images }: ReturnType<typeof world>, times: number): Promise<void> => {
  for (let round = 0; round < times; round++) await images.update({ mode: "write", actor: "user:ana" });
};

describe("two that follow one field by other rules", () => {
  test("do not take turns where it has what one of them wants", async () => {
    const one = world([following("old", "~1", INTO_FILE), following("new", "^2", INTO_FILE)], "1.5.0");
    await rounds(one, 4);
    expect(one.commits).toEqual([]);
    expect(one.images.images("argocd/new" as AppKey)?.problems[0]).toContain("argocd/old wants");
  });

  test("do not, by whatever name they call the branch", async () => {
    const base = (name: string, constraint: string, branch: string): Application =>
      following(name, constraint, { ...INTO_FILE, "git-branch": branch });
    const one = world([base("old", "~1", "main"), base("new", "^2", "HEAD")]);
    await rounds(one, 4);
    expect(one.commits.length).toBeLessThanOrEqual(1);
  });

  test("which the Application itself has are told, and it is not written again and again", async () => {
    const app = following("shop", "~1", { "image-list": `a=${IMAGE}:~1,b=${IMAGE}:^2` });
    const one = world([app]);
    await rounds(one, 4);
    expect(one.updates.length).toBeLessThanOrEqual(1);
  });
});

describe("an application that is edited while registries are asked", () => {
  test("is not written to where it does not ask for it any more", async () => {
    const app = following("shop", "^2", INTO_FILE);
    const one = world([app]);
    one.during.push(() =>
      one.byKey.set(keyOfApp(app), application({}, { name: "shop", namespace: "argocd" })),
    );
    await rounds(one, 1);
    expect(one.commits).toEqual([]);
  });

  test("is not written to where it is gone", async () => {
    const app = following("shop", "^2", INTO_FILE);
    const one = world([app]);
    one.during.push(() => one.byKey.delete(keyOfApp(app)));
    await rounds(one, 1);
    expect(one.commits).toEqual([]);
  });

  test("has its own source written, and no other one's that took its place in the list", async () => {
    const source = { repoURL: REPOSITORY, path: "app", kustomize: {} };
    const app = following("shop", "^2", {}, { sources: [source] } as never);
    const one = world([app]);
    const other = { repoURL: "https://git.example.com/other.git", path: "x", kustomize: {} };
    one.during.push(() => {
      const now = one.byKey.get(keyOfApp(app));
      if (now !== undefined)
        one.byKey.set(keyOfApp(app), { ...now, spec: { ...now.spec, sources: [other, source] } });
    });
    await rounds(one, 1);
    expect(one.updates.flatMap(({ spec }) => spec.sources?.[0]?.kustomize ?? [])).toEqual([]);
  });
});

describe("an ImageUpdater that is edited while registries are asked", () => {
  const updater = (imageName: string, method: string): ImageUpdater => ({
    metadata: { name: "all", namespace: "argocd" },
    spec: {
      writeBackConfig: { method, gitConfig: { branch: "main", writeBackTarget: "kustomization" } },
      applicationRefs: [{ namePattern: "shop", images: [{ alias: "web", imageName }] }],
    },
  });
  const edited = async (method: string, then: readonly ImageUpdater[]) => {
    const one = world([following("shop", "", { "image-list": "" })]);
    let updaters: readonly ImageUpdater[] = [updater(`${IMAGE}:^2`, method)];
    one.ports.updaters = () => updaters;
    one.during.push(() => {
      updaters = then;
    });
    await rounds(one, 1);
    return one;
  };

  test.each(["git", "argocd"])("has nothing written by what it said before, by %s", async (method) => {
    for (const then of [[], [updater(`${IMAGE}:~1`, method)]]) {
      const one = await edited(method, then);
      expect([one.commits, one.updates]).toEqual([[], []]);
    }
  });

  test("has it written where it says the same, or another namespace's was edited", async () => {
    const said = updater(`${IMAGE}:^2`, "git");
    const other = { ...said, metadata: { name: "all", namespace: "elsewhere" } };
    for (const then of [[structuredClone(said)], [said, other]])
      expect((await edited("git", then)).commits.length).toBe(1);
  });
});

describe("a look", () => {
  const all: ImageUpdater = {
    metadata: { name: "all", namespace: "argocd" },
    spec: {
      applicationRefs: [{ namePattern: "shop", images: [{ alias: "web", imageName: `${IMAGE}:^2` }] }],
    },
  };
  const none: ImageUpdater = {
    metadata: { name: "none", namespace: "argocd" },
    spec: { applicationRefs: [{ namePattern: "other", images: [] }] },
  };
  const heard = (one: ReturnType<typeof world>): string[] => {
    const said: string[] = [];
    one.ports.updaters = () => [all, none];
    one.ports.looking = (updaters) => {
      said.push(`begins ${[...updaters].map(({ metadata }) => metadata.name).join()}`);
      return () => void said.push("ends");
    };
    one.ports.lookedBy = () => void said.push("found");
    return said;
  };

  test("is told when it begins, by those that have applications, and when it ended with what it found", async () => {
    const one = world([following("shop", "", { "image-list": "" })]);
    const said = heard(one);
    one.during.push(() => void said.push("asks"));
    await rounds(one, 1);
    expect(said).toEqual(["begins all", "asks", "found", "ends"]);
  });

  test("that fails has ended all the same, and one that only asks tells nobody", async () => {
    const one = world([following("shop", "", { "image-list": "" })]);
    const said = heard(one);
    await one.images.update({ mode: "dry-run", actor: "user:ana" });
    expect(said).toEqual([]);
    one.ports.lookedBy = () => {
      throw new Error("it cannot be told");
    };
    expect(await rejectionOf(rounds(one, 1))).toEqual(new Error("it cannot be told"));
    expect(said).toEqual(["begins all", "ends"]);
  });
});

describe("an application that cannot be looked at", () => {
  test("holds up no other one", async () => {
    const [odd, app] = [following("odd", "^2", INTO_FILE), following("shop", "^2", INTO_FILE)];
    const one = world([odd, app]);
    const refused = one.ports.refused;
    one.ports.refused = (of, url) => {
      if (of.metadata.name === "odd") throw new Error("its address is odd");
      return refused(of, url);
    };
    await rounds(one, 1);
    expect(one.commits.length).toBe(1);
  });
});
