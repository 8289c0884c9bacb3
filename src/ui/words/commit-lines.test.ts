import { expect, test } from "bun:test";
import type { Application } from "../../core/model/application.ts";
import type { CommitAbout } from "../../core/model/commit-about.ts";
import { commitLines } from "./commit-lines.ts";

const [OLD, TIP, OTHER] = ["1".repeat(40), "2".repeat(40), "3".repeat(40)];
const of = (subject: string): CommitAbout => ({
  ...{ is: "commit", subject, author: "Ana <ana@example.com>", date: "", signedOffBy: [] },
});
const app = (more: object = {}, targetRevision: string | undefined = "main") =>
  ({ spec: { sources: [{ targetRevision }, { targetRevision: "v1" }] }, ...more }) as unknown as Application;
const deployed = (id: number, revisions: string[], commits: CommitAbout[]) => ({
  ...{ id, revisions, commits, deployedAt: "2026-11-30T08:00:00Z" },
});
const said = (...asked: Parameters<typeof commitLines>): string[] =>
  commitLines(...asked).map(({ lead, commit, about }) => `${lead}|${commit[0]}|${about.subject}`);
const GONE: CommitAbout = { is: "unknown", why: "the commit is not in the clone here" };

test.each<[name: string, of: Parameters<typeof commitLines>, want: string[]]>([
  [
    "one line where the tip is what was deployed",
    [app(), { revisions: [TIP], now: [of("tip")], items: [deployed(0, [TIP], [of("tip")])] }],
    ["|2|tip"],
  ],
  [
    "both, each named, where the tip is a commit of others; the newest deployment in whatever order",
    [
      app(),
      {
        ...{ revisions: [TIP], now: [of("tip")] },
        items: [deployed(7, [OLD], [of("mine")]), deployed(6, [OTHER], [of("before")])],
      },
    ],
    ["last change deployed|1|mine", "main is at|2|tip"],
  ],
  [
    "HEAD, where no branch is named",
    [app({}, ""), { revisions: [TIP], now: [of("tip")], items: [deployed(0, [OLD], [of("mine")])] }],
    ["last change deployed|1|mine", "HEAD is at|2|tip"],
  ],
  [
    "the tip alone, where nobody knows the deployed one",
    [app(), { revisions: [TIP], now: [of("tip")], items: [deployed(0, [OLD], [GONE])] }],
    ["|2|tip"],
  ],
  [
    "the deployed one alone, where nobody knows the tip",
    [app(), { revisions: [TIP], now: [GONE], items: [deployed(0, [OLD], [of("mine")])] }],
    ["last change deployed|1|mine"],
  ],
  [
    "the tip, where nothing was deployed",
    [app(), { revisions: [TIP], now: [of("tip")], items: [] }],
    ["|2|tip"],
  ],
  [
    "of each source its own; a chart has no commit",
    [
      app(),
      {
        ...{ revisions: [TIP, "1.2.3"], now: [of("tip"), { is: "version" }] },
        items: [deployed(0, [OLD, "1.2.2"], [of("mine"), { is: "version" }])],
      },
    ],
    ["last change deployed|1|mine", "main is at|2|tip"],
  ],
])("commitLines() are %s", (_name, asked, want) => {
  expect(said(...asked)).toEqual(want);
});
