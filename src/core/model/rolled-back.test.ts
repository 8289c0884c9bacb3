import { expect, test } from "bun:test";
import type { Application, RevisionHistory } from "./application.ts";
import { rolledBack } from "./rolled-back.ts";

const AT = "2026-11-30T10:00:00Z";
const entry = (more: Partial<RevisionHistory>): RevisionHistory => ({ id: 3, deployedAt: AT, ...more });
const BACK = entry({
  cause: "rollback to 0",
  reason: "4.2 asks too much. ",
  initiatedBy: { username: "user:pia" },
});
const status = (more: object): Pick<Application, "status"> =>
  ({ status: { sync: { status: "OutOfSync" }, history: [BACK], ...more } }) as Pick<Application, "status">;

test.each<[string, Pick<Application, "status">, string | undefined]>([
  ["tells by whom and why", status({}), "to deployment 0 by pia: 4.2 asks too much"],
  [
    "leaves out what nobody said",
    status({ history: [entry({ cause: "rollback to 12" })] }),
    "to deployment 12",
  ],
  ["says nothing of one that is held: its hold does", status({ hold: { deployment: 0 } }), undefined],
  ["nothing once it is as Git wants it", status({ sync: { status: "Synced" } }), undefined],
  [
    "nothing once something else was deployed",
    status({ history: [BACK, entry({ cause: "manual" })] }),
    undefined,
  ],
  ["nothing of what was never deployed", status({ history: [] }), undefined],
  ["nothing of what was never looked at", {}, undefined],
])("rolledBack() %s", (_, app, want) => {
  expect(rolledBack(app)?.text).toBe(want);
});
