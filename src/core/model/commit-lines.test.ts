import { describe, expect, test } from "bun:test";
import type { Application } from "./application.ts";
import type { ChangeAbout, CommitAbout } from "./commit-about.ts";
import { changeAt, commitLines } from "./commit-lines.ts";

const [OLD, TIP, OTHER] = ["1".repeat(40), "2".repeat(40), "3".repeat(40)];
const of = (subject: string): CommitAbout => ({
  ...{ is: "commit", subject, author: "Ana <ana@example.com>", date: "", signedOffBy: [] },
});
const changed = (commit: string, subject: string): ChangeAbout => ({ ...of(subject), commit }) as ChangeAbout;
const app = (more: object = {}, targetRevision: string | undefined = "main") =>
  ({ spec: { sources: [{ targetRevision }, { targetRevision: "v1" }] }, ...more }) as unknown as Application;
const deployed = (id: number, revisions: string[], commits: CommitAbout[], by?: ChangeAbout[]) => ({
  ...{ id, revisions, commits, deployedAt: "2026-11-30T08:00:00Z" },
  ...(by === undefined ? {} : { changed: by }),
});
const said = (...asked: Parameters<typeof commitLines>): string[] =>
  commitLines(...asked).map(
    ({ lead, commit, about, tip }) =>
      `${lead}|${commit[0]}|${about.subject}${tip === undefined ? "" : `|${tip.lead} ${tip.commit[0]}`}`,
  );
const GONE = { is: "unknown", why: "the commit is not in the clone here" } as const;

describe("commitLines()", () => {
  test.each<[name: string, of: Parameters<typeof commitLines>, want: string[]]>([
    [
      "one line where the tip changed it",
      [
        app(),
        {
          ...{ revisions: [TIP], now: [of("tip")], changed: [changed(TIP, "tip")] },
          items: [deployed(0, [TIP], [of("tip")], [changed(TIP, "tip")])],
        },
      ],
      ["last change|2|tip"],
    ],
    [
      "the commit that changed it, and the tip of others by its id alone",
      [
        app(),
        {
          ...{ revisions: [TIP], now: [of("of others")], changed: [changed(OLD, "mine")] },
          items: [deployed(0, [OTHER], [of("of others")], [changed(OLD, "mine")])],
        },
      ],
      ["last change|1|mine|main is at 2"],
    ],
    [
      "nothing of what was left by a hold, where that was asked for before",
      [
        app({ status: { hold: {}, sync: { revisions: [OLD] } } }),
        {
          ...{ revisions: [TIP], now: [of("tip")], changed: [changed(TIP, "tip")] },
          items: [deployed(0, [TIP], [of("tip")], [changed(TIP, "tip")])],
        },
      ],
      [],
    ],
    [
      "the commit that it is held at, once that is answered",
      [
        app({ status: { hold: {}, sync: { revisions: [OLD] } } }),
        {
          ...{ revisions: [OLD], now: [of("old")], changed: [changed(OLD, "old")] },
          items: [deployed(0, [OLD], [of("old")], [changed(OLD, "old")])],
        },
      ],
      ["last change|1|old"],
    ],
    [
      "what was deployed too, where what changed since was not",
      [
        app({ status: { hold: {} } }),
        {
          ...{ revisions: [TIP], now: [of("of others")], changed: [changed(OTHER, "not yet there")] },
          items: [
            deployed(7, [OLD], [of("of others")], [changed(OLD, "mine")]),
            deployed(6, [OLD], [of("before")], [changed(TIP, "before")]),
          ],
        },
      ],
      ["last change|3|not yet there|held at 2", "deployed|1|mine"],
    ],
    [
      "never the deployed tip beside a change: it may be a commit of others",
      [
        app(),
        {
          ...{ revisions: [TIP], now: [of("tip")], changed: [changed(TIP, "tip")] },
          items: [deployed(0, [OLD], [of("of others")], [GONE])],
        },
      ],
      ["last change|2|tip"],
    ],
    [
      "what was deployed and the tip, each as what it is, where the change is not known; HEAD, where no branch is named",
      [
        app({}, ""),
        {
          ...{ revisions: [TIP], now: [of("tip")], changed: [GONE] },
          items: [deployed(0, [OLD], [of("then")])],
        },
      ],
      ["last deployed at|1|then", "HEAD is at|2|tip"],
    ],
    [
      "the tip as what it is, where nothing was deployed, and of a daemon that does not tell changes",
      [app(), { revisions: [TIP], now: [of("tip")], items: [] }],
      ["main is at|2|tip"],
    ],
    [
      "what waits for the end of a hold, with who made it; and nothing of it, where what came changed nothing here",
      [
        app({ status: { hold: {} } }),
        {
          ...{ revisions: [OLD, OLD], now: [of("old"), of("old")] },
          changed: [changed(OLD, "mine"), changed(OLD, "mine")],
          ahead: { revisions: [TIP, TIP], changed: [changed(OTHER, "newer"), changed(OLD, "mine")] },
          items: [],
        },
      ],
      ["waits|3|newer|main is at 2", "last change|1|mine", "last change|1|mine"],
    ],
    [
      "what cannot be used, with who made it, and never a commit before it as the branch's",
      [
        app(),
        {
          ...{ revisions: [TIP], now: [of("of others")], changed: [changed(OLD, "mine")] },
          ahead: { revisions: [OTHER], changed: [changed(OTHER, "broken")] },
          items: [],
        },
      ],
      ["newest change|3|broken", "the one before|1|mine"],
    ],
    [
      "who made what cannot be used, of what was never compared",
      [
        app(),
        {
          ...{ revisions: [], now: [], changed: [GONE], items: [] },
          ahead: { revisions: [OTHER], changed: [changed(TIP, "broken")] },
        },
      ],
      ["newest change|2|broken|main is at 3"],
    ],
    [
      "where the branch was compared last, where what it has now is not known",
      [
        app(),
        {
          ...{ revisions: [TIP], now: [of("of others")], changed: [GONE] },
          ahead: { revisions: [OTHER], changed: [GONE] },
          items: [],
        },
      ],
      ["compared last at|2|of others"],
    ],
    [
      "none, where nobody knows any commit",
      [app(), { revisions: [TIP], now: [GONE], items: [deployed(0, [OLD], [GONE])] }],
      [],
    ],
    [
      "of each source its own; a chart has no commit",
      [
        app(),
        {
          revisions: ["1.2.3", TIP],
          ...{ now: [{ is: "version" }, of("tip")], changed: [{ is: "version" }, changed(OLD, "mine")] },
          items: [deployed(0, ["1.2.2", OLD], [{ is: "version" }, of("mine")])],
        },
      ],
      ["last change|1|mine|v1 is at 2"],
    ],
  ])("are %s", (_name, asked, want) => {
    expect(said(...asked)).toEqual(want);
  });
});

describe("changeAt()", () => {
  const known = {
    ...{ revisions: [TIP], now: [of("tip")], changed: [changed(OLD, "now")] },
    items: [
      deployed(0, [OTHER], [of("other")], [changed(OLD, "then")]),
      deployed(1, [OLD], [of("x")], [GONE]),
    ],
  };
  test("tells of what is compared and of what was deployed, and of nothing else", () => {
    expect(changeAt(known, TIP)).toMatchObject({ subject: "now" });
    expect(changeAt(known, OTHER)).toMatchObject({ subject: "then" });
    expect(changeAt(known, OLD)).toEqual(GONE);
    expect(changeAt(known, "")).toBeUndefined();
  });
});
