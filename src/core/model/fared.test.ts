import { describe, expect, test } from "bun:test";
import { type Fared, type FaredDeployment, faredWords, passedOverWords, wayBack } from "./fared.ts";

/** Deployments by number, of a commit each: `a+` was healthy, `a-` Degraded, `a~` never Healthy, `a` is not known. */
function history(text: string): FaredDeployment[] {
  const by: Readonly<Record<string, Fared>> = {
    "+": { is: "healthy" },
    "-": { is: "degraded" },
    "~": { is: "never-healthy" },
  };
  return text.split(" ").map((word, id): FaredDeployment => {
    const fared = by[word.slice(1)];
    const of = { id, revision: word.slice(0, 1).repeat(40), deployedAt: "2026-11-30T08:00:00Z" };
    return fared === undefined ? of : { ...of, fared };
  });
}

describe("wayBack()", () => {
  test.each<[name: string, of: string, to: number | "nothing-before" | "only-degraded"]>([
    ["the one before, which went well", "a+ b+", 0],
    ["not the crash that was gone back from", "a+ b- a+", "only-degraded"],
    ["past one that was Degraded", "a+ b- c", 0],
    ["past one that never was Healthy", "a+ b~ c-", 0],
    ["one that went well before a newer one of which nobody knows", "a+ b c", 0],
    ["the newest of which nobody knows, where none is known to have gone well", "a b c", 1],
    ["not a commit that is known to be bad by its other deployment", "a b- b c", 0],
    ["a commit that was bad once and went well since", "a- b a+ c", 2],
    ["the newest of those that went well", "a+ b+ c+", 1],
    ["not what is deployed now, though it was deployed before", "a+ b+ a+ b-", 2],
    ["nothing: it was deployed once", "a+", "nothing-before"],
    ["nothing: all are of the same", "a+ a+", "nothing-before"],
    ["nothing that is known to be bad", "a- b-", "only-degraded"],
  ])("is %s", (_name, of, to) => {
    const back = wayBack(history(of), undefined);
    expect(back.is === "to" ? back.deployment.id : back.is === "none" ? back.why : back.is).toBe(to);
  });

  test("of the same revisions, what was taken from elsewhere makes another one", () => {
    const [one, two] = history("a+ a+") as [FaredDeployment, FaredDeployment];
    const taken = [{ is: "base", repoURL: "https://git.example.com/base", asked: "main", commit: "c" }];
    const back = wayBack([one, { ...two, taken } as FaredDeployment], undefined);
    expect(back).toEqual({ is: "to", deployment: one });
  });

  test("says why none that is newer is offered", () => {
    expect(passedOverWords(history("a+ b- c d"), 0)).toBe(
      "Not 2, because how it fared is not known; not 1, because it was Degraded",
    );
    expect(passedOverWords(history("a+ b~ c+"), 0)).toBe("Not 1, because it was never Healthy");
    expect(passedOverWords(history("a+ b+"), 0)).toBe("");
    // What is as it is now is no way back.
    expect(passedOverWords(history("a+ b b"), 0)).toBe("");
  });

  test("of one that is held it is the hold, which is lifted first", () => {
    expect(wayBack(history("a+ b+ c+"), { deployment: 1 })).toEqual({ is: "held", deployment: 1 });
  });

  test("nothing was deployed", () => {
    expect(wayBack([], undefined)).toEqual({ is: "none", why: "nothing-before" });
  });
});

test.each<[Fared | undefined, string]>([
  [undefined, ""],
  [{ is: "healthy" }, "Healthy"],
  [{ is: "never-healthy" }, "never Healthy"],
  [{ is: "degraded" }, "Degraded"],
  [
    {
      is: "degraded",
      why: "apps/Deployment mailer/mailer: Pod mailer-1 container mailer waits: CrashLoopBackOff: back-off 40s",
    },
    "Degraded: CrashLoopBackOff",
  ],
  [
    { is: "degraded", why: "batch/Job shop/migrate: the Job failed: BackoffLimitExceeded. It has ended" },
    "Degraded: the Job failed: BackoffLimitExceeded",
  ],
  [{ is: "degraded", why: "x".repeat(100) }, `Degraded: ${"x".repeat(59)}…`],
])("faredWords() of %j", (fared, want) => {
  expect(faredWords(fared)).toBe(want);
});
