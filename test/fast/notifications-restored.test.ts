/** Notifications on a store that was restored: numbers of events begin again, and secrets are found where they were. */
import { expect, test } from "bun:test";
import { NONCE, READ_UP_TO, RESTORED } from "../../src/core/notify/kept-names.ts";
import { eventually } from "../lib/eventually.ts";
import { app, hook, notificationStand } from "../lib/notification-stand.ts";

const { receiver, stand } = notificationStand();

test("what happens after a restore is no message that a receiver had before it, though its number is the same", async () => {
  const { url, got } = receiver();
  const told = async (name: string, restored: string | undefined): Promise<string> => {
    const one = stand(name, hook(url), {
      subscriptions: [
        { service: "hook", recipients: [], events: [], projects: [], applications: [], labels: {} },
      ],
    });
    one.store.putValue(NONCE, "n");
    one.store.putValue(READ_UP_TO, "0");
    one.store.putValue(RESTORED, restored);
    const before = got.length;
    one.notifications.start();
    one.happen("sync-failed");
    await eventually("it is told", async () => got.length > before);
    await one.close();
    return (JSON.parse(got.at(-1)?.body ?? "{}") as { id: string }).id;
  };
  const first = await told("before", undefined);
  const again = await told("restored", "2026-11-30T12:00:00Z");
  const twice = await told("restored twice", "2026-11-30T13:00:00Z");
  expect(first).not.toBe("");
  expect(new Set([first, again, twice]).size).toBe(3);
  // Without a restore between them it is the same message.
  expect(await told("once more", undefined)).toBe(first);
});

test("what was given up is resent with its secrets, also after a restore", async () => {
  let status = 404;
  const { url, got } = receiver(() => status);
  const settings = {
    "service.webhook.ci": `url: ${url}`,
    "template.out": "webhook: { ci: { method: POST, body: '{{.secrets.who}}' } }",
    "trigger.on-out": "- { when: app.status.operationState.phase == 'Succeeded', send: [out] }",
  };
  const begun = (): ReturnType<typeof stand> => {
    const one = stand("with secrets", []);
    one.notifications.settingsChanged({ settings, secret: { who: "canary-of-the-secret" } });
    return one;
  };
  const before = begun();
  before.notifications.start();
  before.put(app({ "notifications.argoproj.io/subscribe.on-out.ci": "" }));
  await eventually("it is given up", async () => before.store.outbox.counts().dead === 1);
  await before.close();
  const after = begun();
  after.store.putValue(RESTORED, "2026-11-30T12:00:00Z");
  after.notifications.start();
  status = 200;
  expect(after.notifications.desk.resend(undefined)).toBe(1);
  await eventually("it is delivered", async () => after.store.outbox.counts().delivered === 1);
  expect(got.at(-1)?.body).toBe("canary-of-the-secret");
});
