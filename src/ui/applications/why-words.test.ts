import { describe, expect, test } from "bun:test";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { madeBy, whyOf } from "./why-words.ts";

const app = (health: string): ListedApplication => ({
  metadata: { namespace: "argocd", name: "web" },
  spec: { project: "default", destination: {} },
  status: { sync: { status: "Synced" }, health: { status: health } } as never,
});
const why = (text: string, lead = "Degraded"): string => whyOf(app("Degraded"), { lead, text, tone: "bad" });

describe("whyOf()", () => {
  test("begins with the reason for which a container waits, then where", () => {
    expect(
      why(
        "apps/Deployment shop/web: Pod web-5d4-x container web waits: CrashLoopBackOff: back-off 5m restarting",
      ),
    ).toBe("CrashLoopBackOff: container web of Pod web-5d4-x: back-off 5m restarting");
    expect(why("apps/Deployment shop/web: Pod web-5d4-x init container set-up waits: ErrImagePull")).toBe(
      "ErrImagePull: init container set-up of Pod web-5d4-x",
    );
  });

  test("leaves other words in their order, and does not say again what stands beside it", () => {
    expect(why("apps/Deployment shop/web: exceeded its progress deadline")).toBe(
      "Deployment web: exceeded its progress deadline",
    );
    expect(why("no such path", "Cannot be compared")).toBe("Cannot be compared: no such path");
    expect(whyOf(app("Healthy"), undefined)).toBe("");
  });
});

test("madeBy() says who made what waits for a hold, or cannot be compared, and nothing of nobody", () => {
  const newest = { commit: "e0e0e0e", subject: "web: two", author: "Pia" };
  const of = (sync: object, more: object = {}) => madeBy({ status: { sync, ...more } } as never);
  expect(of({ newest })).toBe("\nNewest change: e0e0e0e web: two, by Pia");
  expect(of({ newest: { ...newest, author: "" } }, { hold: {} })).toBe("\nWaits: e0e0e0e web: two");
  expect(of({})).toBe("");
  expect(madeBy({} as never)).toBe("");
});
