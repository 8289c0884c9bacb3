import { describe, expect, test } from "bun:test";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { sentences } from "../words/app-words.ts";
import { placeOfWhy } from "./why-place.ts";

const app = (status: object): ListedApplication => ({
  metadata: { namespace: "team a", name: "web" },
  spec: { project: "default", destination: {} },
  status: { sync: { status: "OutOfSync" }, health: { status: "Missing" }, ...status } as never,
});
const PAGE = "/applications/team%20a/web";
const health = (message: string) => ({ health: { status: "Degraded", message } });
const run = (message: string, phase = "Failed") => ({
  operationState: { phase, message, operation: { sync: {} }, startedAt: "2026-11-30T10:00:00Z" },
});

describe("placeOfWhy()", () => {
  test.each<[of: string, status: object, place: string]>([
    [
      "what the Pod wrote, where one is to blame",
      health("apps/Deployment shop/web: Pod web-5d4-x container web waits: CrashLoopBackOff: back-off 5m"),
      "?node=%2FPod%2Fshop%2Fweb-5d4-x&tab=logs",
    ],
    [
      "the object that its health names",
      health("apps/Deployment shop/web: The rollout is paused"),
      "?node=apps%2FDeployment%2Fshop%2Fweb",
    ],
    [
      "one that is in no namespace and no group",
      health("Namespace shop: it is being deleted"),
      "?node=%2FNamespace%2F%2Fshop",
    ],
    [
      "the hook that waits for somebody",
      run(
        "waiting for completion of hook batch/Job shop/approve since 10:00 (it is suspended: it goes on once its spec.suspend is false, or terminate the sync)",
        "Running",
      ),
      "?node=batch%2FJob%2Fshop%2Fapprove",
    ],
    ["the run, of what it failed by", run("nothing was written"), "?view=run"],
    [
      "the run, of what a condition says of it",
      { conditions: [{ type: "SyncError", message: "The last sync to abc failed: it was refused" }] },
      "?view=run",
    ],
    [
      "the source, where that is to be corrected",
      {
        conditions: [
          { type: "ComparisonError", message: "no such folder. Correct the source's path, or its revision" },
        ],
      },
      "?view=config&edit=yes",
    ],
    [
      "the page, where it names nothing of the application",
      { conditions: [{ type: "ComparisonError", message: "Application a/web: cannot render: no chart" }] },
      "",
    ],
  ])("leads to %s", (_, status, place) => {
    const [first] = sentences(app(status));
    expect(first && placeOfWhy(app(status), first)).toBe(`${PAGE}${place}`);
  });

  test("whatever a sentence says stays in the query of that application", () => {
    const text = "x/y/../..//evil.example?a=b#c Deployment &view=run: no";
    const place = placeOfWhy(app(health(text)), { lead: "Degraded", text, tone: "bad" });
    expect(new URL(place, "http://of.example").pathname).toBe(PAGE);
    expect(new URL(place, "http://of.example").host).toBe("of.example");
  });
});
