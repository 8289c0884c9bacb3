import { describe, expect, test } from "bun:test";
import type { CommitSha } from "../core/model/commit-sha.ts";
import type { ImagesPorts, PullRequestAsk } from "./images-ports.ts";
import { openRequest } from "./open-request.ts";
import type { GroupEnd } from "./write-git.ts";
import type { GitPlace } from "./write-place.ts";

const [HEAD, TIP] = ["a".repeat(40) as CommitSha, "b".repeat(40) as CommitSha];
const PLACE = { access: { url: "https://git.example.com/a" }, pullRequest: "open" } as GitPlace;
const END: GroupEnd = {
  ...{ is: "same", branch: "images", base: "main", baseTip: TIP, head: HEAD },
  ...{ files: [], edits: [], refused: [], message: "Update 0 images" },
};

/** @param parts where the histories of the branch and of the one that is followed part */
function world(parts: CommitSha) {
  const opened: PullRequestAsk[] = [];
  const ports = {
    git: {
      tree: async () => undefined,
      mergeBase: async () => ({ is: "found", commit: parts }),
      info: async () => ({ message: "Update web\n\n- argocd/web: web 1 → 2" }),
    },
    openPullRequest: async (_: unknown, ask: PullRequestAsk) => {
      opened.push(ask);
      return "https://git.example.com/a/pulls/1";
    },
  } as unknown as ImagesPorts;
  return { ports, opened };
}

describe("openRequest()", () => {
  test("of a branch that was pushed before says what its commit says", async () => {
    const { ports, opened } = world(TIP);
    expect(await openRequest(END, PLACE, "has none", ports)).toBe("https://git.example.com/a/pulls/1");
    expect(opened).toEqual([
      { from: "images", into: "main", title: "Update web", body: "- argocd/web: web 1 → 2" },
    ]);
  });
  const { head: _, ...gone } = END;
  test.each<[string, GroupEnd, GitPlace, "has one" | "has none", CommitSha]>([
    ["of a branch that is merged already", END, PLACE, "has none", HEAD],
    ["of a branch that is not there", gone, PLACE, "has none", TIP],
    ["where there is one", END, PLACE, "has one", TIP],
    ["of what would be written", { ...END, is: "would-write" }, PLACE, "has one", TIP],
    ["where nobody asked for one", END, { ...PLACE, pullRequest: "none" }, "has none", TIP],
    ["of the branch that is followed", { ...END, branch: "main" }, PLACE, "has none", TIP],
  ])("none is opened %s", async (_, end, place, known, parts) => {
    const { ports, opened } = world(parts);
    expect(await openRequest(end, place, known, ports)).toBeUndefined();
    expect(opened).toEqual([]);
  });
});
