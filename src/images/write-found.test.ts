/** Pull requests of what rounds write: opened once, remembered, and said where they cannot be. */
import { describe, expect, test } from "bun:test";
import { recordingLog } from "../../test/lib/recording-log.ts";
import type { AppKey } from "../core/model/application.ts";
import type { CommitSha } from "../core/model/commit-sha.ts";
import type { ImageEdit } from "./image-edit.ts";
import { ImageMemories } from "./image-memories.ts";
import type { ImagesPorts, PullRequestAsk } from "./images-ports.ts";
import { WriteFound } from "./write-found.ts";

const SHOP = "argocd/shop" as AppKey;
const FILE = "app/kustomization.yaml";
const [MAIN, PUSHED] = ["a".repeat(40) as CommitSha, "b".repeat(40) as CommitSha];

const edit = (tag: string): ImageEdit =>
  ({
    ...{ app: SHOP, version: { tag }, from: "1.0.0", to: tag, change: `web 1.0.0 → ${tag}` },
    wanted: {
      ...{ alias: "", image: { name: "web", registry: "docker.io", repository: "library/web" } },
      ...{ helm: {}, kustomize: undefined, pin: "tag" },
    },
    place: {
      ...{ method: "git", access: { url: "https://git.example.com/a" }, base: "main", to: "images" },
      ...{
        target: "kustomization",
        tool: "kustomize",
        written: [],
        path: "app",
        pullRequest: "open",
        at: "",
      },
    },
  }) as unknown as ImageEdit;

/** A branch `main`, and one of images that is there once it was pushed. */
function world() {
  const text = { [MAIN]: "images:\n  - name: web\n    newTag: 1.0.0\n", [PUSHED]: "" };
  const opened: PullRequestAsk[] = [];
  const pushes: (string | undefined)[] = [];
  const kept = new Map<string, string>();
  const state = {
    head: undefined as CommitSha | undefined,
    provider: "there" as "there" | "gone",
    signingKey: "",
  };
  const ports = {
    clock: { now: () => 0, monotonic: () => 0, sleep: async () => undefined },
    log: recordingLog(),
    store: {
      value: (name: string) => kept.get(name),
      putValue: (name: string, value: string) => void kept.set(name, value),
      audit: () => undefined,
    },
    settings: () => ({
      ...{ registries: [], author: { name: "a", email: "b@c" }, signOff: false },
      ...{ message: "", messageTemplate: "", signingKey: state.signingKey },
    }),
    paused: () => undefined,
    pushed: () => undefined,
    observe: { wrote: () => undefined, looked: () => undefined },
    git: {
      resolve: async (_: unknown, ref: string) =>
        ref.endsWith("images") && state.head !== undefined
          ? { commit: state.head, ref: "refs/heads/images" }
          : { commit: MAIN, ref: "refs/heads/main" },
      tree: async (_: unknown, commit: typeof MAIN) => ({
        commit,
        entry: async (path: string) => (path === FILE ? { name: "x", kind: "file", oid: "" } : undefined),
        read: async () => Buffer.from(text[commit] ?? ""),
      }),
      mergeBase: async () => ({ is: "found", commit: MAIN }),
      info: async () => ({ message: "" }),
    },
    writer: {
      writeFiles: async (_: unknown, ask: { files: Record<string, string>; signedBy?: string }) => {
        pushes.push(ask.signedBy);
        text[PUSHED] = ask.files[FILE] ?? "";
        state.head = PUSHED;
        return { is: "pushed", commit: PUSHED };
      },
    },
    openPullRequest: async (_: unknown, ask: PullRequestAsk) => {
      if (state.provider === "gone") throw new Error("the provider is gone");
      opened.push(ask);
      return "https://git.example.com/a/pulls/1";
    },
  } as unknown as ImagesPorts;
  const said: string[] = [];
  const memories = new ImageMemories(ports.store);
  const round = (tag: string, mode: "write" | "dry-run" = "write", own = memories) =>
    new WriteFound(ports, own).group(
      [edit(tag)],
      [edit(tag)],
      { mode, actor: "user:ana" },
      {
        ...{ places: new Map(), unwritten: new Set() },
        say: (_, why) => void said.push(why),
      },
    );
  return { round, opened, pushes, said, memories, state, ports };
}

describe("a pull request", () => {
  test("is opened with what was pushed, and by no dry run", async () => {
    const one = world();
    expect(await one.round("1.1.0", "dry-run")).toMatchObject([{ is: "would-write" }]);
    expect([one.opened, one.pushes]).toEqual([[], []]);
    expect(await one.round("1.1.0")).toMatchObject([
      { is: "written", branch: "images", pullRequest: "https://git.example.com/a/pulls/1" },
    ]);
    expect(one.opened).toMatchObject([{ from: "images", into: "main", title: "Update web 1.0.0 → 1.1.0" }]);
    await one.round("1.2.0", "dry-run");
    expect(one.opened).toHaveLength(1);
  });

  test("that is remembered is not opened by every look, after a restart neither", async () => {
    const one = world();
    await one.round("1.1.0");
    await one.round("1.1.0");
    await one.round("1.1.0", "write", new ImageMemories(one.ports.store));
    expect(one.opened).toHaveLength(1);
    expect(one.memories.last(SHOP)).toMatchObject({ pullRequest: "https://git.example.com/a/pulls/1" });
  });

  test("that cannot be opened is said, comes with a later look by whatever name it can, and then is remembered", async () => {
    const one = world();
    one.state.provider = "gone";
    expect(await one.round("1.1.0")).toMatchObject([{ is: "written" }]);
    expect(one.said.join()).toContain("the provider is gone");
    one.state.provider = "there";
    await one.round("1.1.0", "dry-run");
    expect(one.opened).toEqual([]);
    for (const _ of [1, 2]) expect(await one.round("1.1.0")).toEqual([]);
    // The commit that is there says nothing.
    expect(one.opened).toEqual([{ from: "images", into: "main", title: "Update images", body: "" }]);
    expect(one.memories.last(SHOP)?.pullRequest).toBe("https://git.example.com/a/pulls/1");
  });
});

test("a commit is signed by the key that the settings name, and by none where they name none", async () => {
  const one = world();
  await one.round("1.1.0");
  one.state.signingKey = "/etc/holdfast/signing";
  await one.round("1.2.0");
  expect(one.pushes).toEqual([undefined, "/etc/holdfast/signing"]);
});
