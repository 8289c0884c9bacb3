import { describe, expect, test } from "bun:test";
import { endingOf } from "../../test/lib/ending-of.ts";
import { type ImageName, parseImageName } from "../core/images/image-name.ts";
import type { AppKey } from "../core/model/application.ts";
import type { CommitSha } from "../core/model/commit-sha.ts";
import type { WriteFiles } from "../core/ports/git-writer.ts";
import type { ImageEdit } from "./image-edit.ts";
import type { ImagesPorts } from "./images-ports.ts";
import { writeGroup } from "./write-git.ts";

const TIP = "a".repeat(40) as CommitSha;
const FILE = "app/kustomization.yaml";
const TEXT = "images: # all\n  - name: web\n    newTag: 1.0.0\n";
const image = named("web");

function named(text: string): ImageName {
  const image = parseImageName(text);
  if (image === undefined) throw new Error(`${text} names no image`);
  return image;
}

function edit(app: string, tag: string, more: Partial<ImageEdit["place"]> = {}): ImageEdit {
  return {
    app: app as AppKey,
    wanted: {
      ...{ alias: "", image, update: "where-used", platforms: [], pullSecret: undefined, pin: "tag" },
      ...{ helm: {}, kustomize: undefined },
      rules: { strategy: "semver", constraint: "", allows: undefined, ignores: () => false },
    },
    version: { tag },
    change: `web 1.0.0 → ${tag}`,
    ...{ from: "1.0.0", to: tag },
    place: {
      ...{ method: "git", access: { url: "https://git.example.com/a", push: "allowed" }, base: "main" },
      ...{ to: undefined, target: "kustomization", tool: "kustomize", written: [], path: "app" },
      ...{ pullRequest: "none", at: "" },
      ...more,
    },
  };
}

/** A branch with one file; each push is answered by the next of `ends`. */
function world(ends: ("pushed" | "moved")[], kind: "file" | "link" = "file", text = TEXT) {
  const asked: WriteFiles[] = [];
  const tree = {
    commit: TIP,
    entry: async (path: string) => (path === FILE ? { name: "x", kind, oid: "" } : undefined),
    read: async () => Buffer.from(text),
  };
  const ports = {
    clock: { now: () => 0, monotonic: () => 0, sleep: async () => undefined },
    settings: () => ({
      ...{
        registries: [],
        author: { name: "a", email: "b@c" },
        signingKey: "",
        message: "",
        messageTemplate: "",
        signOff: false,
      },
    }),
    git: {
      resolve: async () => ({ commit: TIP, ref: "refs/heads/main" }),
      tree: async () => tree,
    },
    writer: {
      writeFiles: async (_: unknown, ask: WriteFiles) => {
        asked.push(ask);
        const end = ends.shift() ?? "pushed";
        return end === "pushed" ? { is: end, commit: TIP } : { is: end };
      },
    },
  } as unknown as ImagesPorts;
  return { ports, asked };
}

describe("writeGroup()", () => {
  test("two that want the same field otherwise are both told, and neither is written", async () => {
    const { ports, asked } = world([]);
    const end = await writeGroup([edit("argocd/a", "1.1.0"), edit("argocd/b", "1.2.0")], "write", ports);
    expect(end.is).toBe("same");
    expect(asked).toEqual([]);
    expect(end.refused.map(({ app, why }) => [app, /argocd\/\w/.exec(why)?.[0]])).toEqual([
      ["argocd/a" as AppKey, "argocd/b"],
      ["argocd/b" as AppKey, "argocd/a"],
    ]);
  });

  test("two that want the same are one change", async () => {
    const { ports, asked } = world([]);
    const end = await writeGroup([edit("argocd/a", "1.1.0"), edit("argocd/b", "1.1.0")], "write", ports);
    expect([end.is, end.refused]).toEqual(["written", []]);
    expect(asked[0]?.files).toEqual({ [FILE]: TEXT.replace("1.0.0", "1.1.0") });
  });

  test("what is written already is not written again", async () => {
    const { ports, asked } = world([]);
    expect((await writeGroup([edit("argocd/a", "1.0.0")], "write", ports)).is).toBe("same");
    expect(asked).toEqual([]);
  });

  test("a branch that moves on is read anew, and not for ever", async () => {
    const some = world(["moved", "moved", "pushed"]);
    expect((await writeGroup([edit("argocd/a", "1.1.0")], "write", some.ports)).is).toBe("written");
    expect(some.asked.length).toBe(3);
    const endless = world(Array(50).fill("moved"));
    expect(await endingOf(writeGroup([edit("argocd/a", "1.1.0")], "write", endless.ports))).toThrow(
      "moved on 5 times",
    );
  });

  test("a link is not written through, and a branch is named as Git takes it", async () => {
    const { ports } = world([], "link");
    const end = await writeGroup([edit("argocd/a", "1.1.0", { path: FILE })], "write", ports);
    expect(end.refused[0]?.why).toContain("it is a link and no file");
    const odd = writeGroup([edit("argocd/a", "1.1.0", { to: "../x" })], "write", world([]).ports);
    expect(await endingOf(odd)).toThrow("is no name of a branch");
  });

  test("a file that is too large for its images is refused, and others have their turn while it is read", async () => {
    const long = (kib: number): string => `${TEXT}# ${"x".repeat(kib * 1024)}\n`;
    const large = await writeGroup([edit("argocd/a", "1.1.0")], "write", world([], "file", long(300)).ports);
    expect(large.refused[0]?.why).toContain("larger than 256 KiB");
    const { ports, asked } = world([], "file", long(200));
    const many = Array.from({ length: 60 }, (_, at) => edit(`argocd/a${at}`, "1.1.0"));
    let turns = 0;
    const counting = setInterval(() => turns++, 0);
    const end = await writeGroup(many, "write", ports);
    clearInterval(counting);
    expect(end.refused[0]?.why).toContain("too many images for its size");
    expect(end.edits.length).toBeGreaterThan(0);
    expect(end.edits.length + end.refused.length).toBe(60);
    expect(asked[0]?.files[FILE]?.includes("newTag: 1.1.0")).toBe(true);
    expect(turns).toBeGreaterThan(1);
  });
});
