import fc from "fast-check";
import { AccessPolicy } from "../../src/core/access/access-policy.ts";
import { parsePolicy } from "../../src/core/access/policy-text.ts";
import { linesOfProject } from "../../src/core/access/project-roles.ts";
import { type PolicyCase, policyCase } from "./cases.ts";
import { judge } from "./oracle.ts";

export interface Judged {
  /** The smallest case that was found, with what differs, and how many it took; undefined where none differs. */
  fault: string | undefined;
  counts: { questions: number; allowed: number; deniedByLine: number };
}

export function runPolicies({ cases, seed }: { cases: number; seed: number }): Judged {
  const counts = { questions: 0, allowed: 0, deniedByLine: 0 };
  const outcome = fc.check(
    fc.property(policyCase, (given) => {
      const why = faultOf(given, counts);
      if (why !== undefined) throw new Error(why);
    }),
    { numRuns: cases, seed },
  );
  if (!outcome.failed) return { fault: undefined, counts };
  const why =
    outcome.errorInstance instanceof Error ? outcome.errorInstance.message : String(outcome.errorInstance);
  return {
    fault: `after ${outcome.numRuns} cases: ${why}\n${JSON.stringify(outcome.counterexample?.[0], null, 1)}`,
    counts,
  };
}

function faultOf(given: PolicyCase, counts: Judged["counts"]): string | undefined {
  const { lines, problems } = parsePolicy(given.lines.join("\n"), "policy.csv");
  if (problems.length > 0) return `it cannot be read: ${JSON.stringify(problems)}`;
  const policy = new AccessPolicy({
    lines,
    projects: new Map(
      Object.entries(given.projects).map(([name, roles]) => [name, linesOfProject(name, roles).lines]),
    ),
    matchMode: given.matchMode,
    defaultRole: given.defaultRole,
  });
  for (const question of given.questions) {
    const { is, because } = policy.decide(question.subject, question.request);
    const wanted = judge(given, question);
    counts.questions += 1;
    if (wanted.isAllowed) counts.allowed += 1;
    if (because !== "nothing" && is === "denied") counts.deniedByLine += 1;
    const asked = JSON.stringify(question);
    if ((is === "allowed") !== wanted.isAllowed)
      return `${asked} is ${is}, and must be ${wanted.isAllowed ? "allowed" : "denied"}`;
    if (because === "nothing") {
      if (wanted.denies.length + wanted.allows.length > 0)
        return `${asked} is said to be spoken of by nothing, and ${[...wanted.denies, ...wanted.allows]} do`;
      continue;
    }
    const { line } = because;
    const deciding = is === "allowed" ? wanted.allows : wanted.denies;
    // What is given with a role of a project is no line of anybody's.
    if (line.line > 0 && !deciding.includes(line.text))
      return `${asked} is ${is} by ${JSON.stringify(line.text)}, which does not say so`;
  }
  return undefined;
}
