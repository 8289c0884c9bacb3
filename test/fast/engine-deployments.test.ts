/** Who made what was deployed: told by the clones that are here. In this process, on the sandbox and real Git. */
import { describe, expect, test } from "bun:test";
import type { Deployments } from "../../src/engine/control.ts";
import type { Rig } from "../lib/engine-rig.ts";
import { deployed, holding, keyOf, rollbackStage } from "../lib/rollback-stage.ts";

const { startRig } = rollbackStage();

async function told(rig: Rig, name: string): Promise<Deployments> {
  const found = await rig.control.deployments(keyOf(name));
  if (found.is === "absent") throw new Error(`there is no application ${name}`);
  return found.value;
}
const subjectsOf = ({ items }: Deployments): string[][] =>
  items.map(({ commits }) => commits.map((one) => (one.is === "commit" ? one.subject : one.is)));

describe("deployments()", () => {
  test("names the commit of each, newest last, of what is compared now too, and asks no server for it", async () => {
    const rig = await startRig();
    const { repository } = await deployed(rig, "history-told", ["one", "two"]);
    const third = await repository.commit(
      holding("history-told", "three"),
      "it: three <b>\n\nSigned-off-by: Bo <bo@example.com>",
    );
    await rig.refresh("history-told");
    await rig.until("history-told", (app) => app.status?.history?.at(-1)?.revision === third);
    await rig.untilIdle();
    const before = rig.gitRequests.length;
    const found = await told(rig, "history-told");
    expect(subjectsOf(found)).toEqual([["first"], ["a change"], ["it: three <b>"]]);
    expect(found.now).toEqual(found.items.at(-1)?.commits ?? []);
    expect(found.now).toMatchObject([{ is: "commit", signedOffBy: ["Bo <bo@example.com>"] }]);
    expect(rig.gitRequests.length).toBe(before);
  }, 60_000);
});
