import { describe, expect, test } from "bun:test";
import type { CommitSha } from "../../core/model/commit-sha.ts";
import { frozen, Tips } from "./tips.ts";

const SOURCE = { repoURL: "https://git.example.com/a.git", targetRevision: "main" };
const NAME = `${SOURCE.repoURL}  main `;
const at = (commit: string) => ({ is: "commit", commit: commit as CommitSha }) as const;

describe("subjects of commits", () => {
  test("are shared with the tip, and the first who reads one tells all others", () => {
    const tips = new Tips();
    const silent = tips.at(SOURCE, { revision: at("1") });
    expect(tips.at(SOURCE, { revision: at("1"), subject: "One" })).toBe(silent);
    expect(silent.subject).toBe("One");
    // Whoever reads nothing takes nothing away.
    expect(tips.at(SOURCE, { revision: at("1") }).subject).toBe("One");
  });

  test("never stay behind at another commit", () => {
    const tips = new Tips();
    const tip = tips.at(SOURCE, { revision: at("1"), subject: "One" });
    const delivered = frozen({ tips: [tip] });
    tips.move(NAME, at("2"));
    expect([tip.revision, tip.subject]).toEqual([at("2"), undefined]);
    tips.move(NAME, at("3"), "Three");
    expect(tip.subject).toBe("Three");
    tips.move(NAME, at("3"));
    expect(tip.subject).toBe("Three");
    expect(delivered.tips[0]).toEqual({ revision: at("1"), subject: "One" });
    // One who is elsewhere has his own.
    expect(tips.at(SOURCE, { revision: at("4"), subject: "Four" })).toEqual({
      revision: at("4"),
      subject: "Four",
    });
    expect(tip.subject).toBe("Three");
  });
});
