/** From a real `git push` to the cluster, with nothing but the Git server's hook to tell of it: polls are an hour apart. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { eventually } from "../lib/eventually.ts";
import { isSettled, mapText, startWebhookStage, type WebhookStage } from "../webhooks/stage.ts";

let stage: WebhookStage;
beforeAll(async () => void (stage = await startWebhookStage()), 60_000);
afterAll(() => stage?.stop());

const valueIn = async () =>
  (await stage.api.find("/api/v1/namespaces/shop/configmaps/told"))?.data?.value as string | undefined;
const listed = async (): Promise<{ deliveries: { outcome: string; provider: string }[] }> =>
  (await stage.daemon.ask("GET", "/api/holdfast/v1/webhooks")).json;

async function send(body: unknown, signedBy?: string) {
  const text = JSON.stringify(body);
  const signature = signedBy && createHmac("sha256", signedBy).update(text).digest("hex");
  return stage.daemon.ask("POST", "/api/webhook", text, {
    "content-type": "application/json",
    ...(signature === undefined ? {} : { "x-gitea-event": "push", "x-gitea-signature": signature }),
  });
}

describe("a push over HTTP", () => {
  test("is in the cluster because the server's hook said so", async () => {
    const { sha } = await stage.push({ "app/a.yaml": mapText("second") });
    await stage.daemon.until("shop", (app) => app.status.sync.revision === sha && isSettled(app));
    expect(await valueIn()).toBe("second");
    expect((await listed()).deliveries.map(({ provider, outcome }) => [provider, outcome])).toEqual([
      ["gitea", "looking"],
    ]);
  }, 60_000);

  test("of a branch that nobody follows asks Git nothing, and the next one of main is there", async () => {
    // Who made the commit before is asked of Git once it is deployed: that is over then.
    const tip = (await stage.git.git("shop", "rev-parse", "main")).slice(0, 7);
    await eventually("the list tells the commit before", async () => {
      const { json } = await stage.daemon.ask("GET", "/api/v1/applications?changed=awaited");
      return json.items[0].status.sync.changed?.commit === tip;
    });
    // What the push itself asks is not ours.
    const before = stage.asked();
    for (let at = 0; at < 5; at++) await stage.push({}, `feature-${at}`);
    expect(stage.asked() - before).toBe(0);
    const { sha } = await stage.push({ "app/a.yaml": mapText("third") });
    await stage.daemon.until("shop", (app) => app.status.sync.revision === sha && isSettled(app));
  }, 60_000);

  test("is taken for nothing more than a hint, whatever else a delivery claims", async () => {
    const { json: before } = await stage.daemon.ask("GET", "/api/v1/applications/shop");
    const reply = await send(
      {
        ref: "refs/heads/main",
        after: "f".repeat(40),
        commits: [{ id: "f".repeat(40), added: ["app/evil.yaml"] }],
        repository: { clone_url: stage.url, default_branch: "evil" },
      },
      stage.secret,
    );
    expect(reply.status).toBe(202);
    await eventually("it is written down", async () => (await listed()).deliveries[0]?.outcome === "looking");
    const { json: after } = await stage.daemon.ask("GET", "/api/v1/applications/shop");
    expect([after.spec, after.status.sync]).toEqual([before.spec, before.status.sync]);
    expect((await send({ repository: { clone_url: stage.url } }, "another")).status).toBe(401);
  }, 60_000);

  test("told 10,000 times by whom nobody knows asks Git for its refs once in ten seconds, and fetches nothing", async () => {
    const repository = { clone_url: stage.url };
    const before = stage.asked();
    const began = performance.now();
    const statuses = new Set<number>();
    for (let at = 0; at < 10_000; at += 100)
      for (const { status } of await Promise.all(
        Array.from({ length: 100 }, (_, more) => send({ repository, at: at + more })),
      ))
        statuses.add(status);
    const windows = Math.ceil((performance.now() - began) / 10_000);
    expect([...statuses]).toEqual([202]);
    // A question is two requests where the server does not know the newer protocol yet.
    const asked = stage.asked() - before;
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThanOrEqual(2 * (windows + 1));
    // Somebody who is known is not held up by them.
    const { sha } = await stage.push({ "app/a.yaml": mapText("fourth") });
    await stage.daemon.until("shop", (app) => app.status.sync.revision === sha && isSettled(app));
    const metrics = (await stage.daemon.ask("GET", "/metrics")).text;
    expect(metrics).toMatch(
      new RegExp(`^argocd_webhook_requests_total\\{repo="${stage.url}"\\} 1\\d{4}$`, "m"),
    );
    expect(metrics).toContain("argocd_webhook_handlers_in_flight 0");
  }, 120_000);
});
