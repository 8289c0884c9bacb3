/** Deliveries at the API: who is heard, refused, or known already, and what the list of them says. */
import { afterEach, describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { Deliveries } from "../../src/api/webhooks/deliveries.ts";
import { Secret } from "../../src/core/model/secret.ts";
import type { Heard } from "../../src/core/webhooks/provider.ts";
import type { WebhookSettings } from "../../src/core/webhooks/settings.ts";
import { fakeControl } from "../fakes/fake-control.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";
import { playMutated } from "../webhooks/play.ts";
import { OTHER_SAMPLES, type Sample } from "../webhooks/samples.ts";

const SECRET = "a-secret-of-the-hook";
const SIGNED: WebhookSettings = {
  maxBytes: 2 ** 20,
  unsigned: "hint",
  secrets: { github: { secret: new Secret(SECRET) } },
};

let api: FakeApi | undefined;
afterEach(async () => {
  await api?.stop();
  api = undefined;
});

function start(settings?: WebhookSettings, now = () => 1_764_500_000_000) {
  const heard: { heard: Heard; by: string }[] = [];
  const deliveries = new Deliveries(now);
  api = startFakeApi(fakeControl(), {
    onHeard: (what, by) => void heard.push({ heard: what, by }),
    deliveries,
    ...(settings === undefined ? {} : { webhooks: () => settings }),
  });
  const { url } = api;
  return {
    heard,
    deliveries,
    async send(headers: Record<string, string>, body: string, query = "") {
      const reply = await fetch(`${url}/api/webhook${query}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body,
      });
      return { status: reply.status, ...((await reply.json()) as { message: string }) };
    },
    async list() {
      return (await (await fetch(`${url}/api/holdfast/v1/webhooks`)).json()) as {
        providers: { name: string; hasSecret: boolean }[];
        deliveries: Record<string, string>[];
      };
    },
  };
}

const PUSH = JSON.stringify({
  ref: "refs/heads/main",
  repository: { clone_url: "https://git.example.com/a/b.git", default_branch: "main" },
});
const github = (body: string, { secret = SECRET, id = "1" } = {}) => ({
  "x-github-event": "push",
  "x-github-delivery": id,
  "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
});
const sampleNamed = (name: string): Sample => {
  const found = OTHER_SAMPLES.find((sample) => sample.name === name);
  if (found === undefined) throw new Error(`no sample is named ${name}`);
  return found;
};

describe("a delivery", () => {
  test("of a provider that has a secret is heard where it is signed, and refused where it is not", async () => {
    const { heard, send, list } = start(SIGNED);
    expect((await send(github(PUSH), PUSH)).status).toBe(202);
    expect(heard.map(({ heard: { is }, by }) => [is, by])).toEqual([["pushes", "known"]]);
    const signature = github(PUSH)["x-hub-signature-256"];
    const wrong: Record<string, string>[] = [
      github(PUSH, { secret: "another", id: "2" }),
      { "x-github-event": "push" },
      { "x-github-event": "push", "x-hub-signature-256": "" },
      { "x-github-event": "push", "x-hub-signature-256": signature.slice(0, -2) },
      {
        "x-github-event": "push",
        "x-hub-signature": `sha1=${createHmac("sha1", SECRET).update(PUSH).digest("hex")}`,
      },
    ];
    for (const headers of wrong) expect((await send(headers, PUSH)).status).toBe(401);
    expect((await send(github(PUSH, { id: "3" }), `${PUSH} `)).status).toBe(401);
    expect(heard).toHaveLength(1);
    const { deliveries, providers } = await list();
    expect(deliveries.map(({ outcome }) => outcome).sort()).toEqual(
      ["looking", ...Array(6).fill("refused")].sort(),
    );
    expect(providers.filter(({ hasSecret }) => hasSecret)).toEqual([{ name: "github", hasSecret: true }]);
    expect(JSON.stringify(deliveries)).not.toContain(SECRET);
  });

  test("that is signed is heard once in ten minutes, by whatever road it comes again", async () => {
    let now = 1_764_500_000_000;
    const { heard, send } = start(SIGNED, () => now);
    const messages: string[] = [];
    for (const id of ["1", "1", "2"]) messages.push((await send(github(PUSH, { id }), PUSH)).message);
    now += 10 * 60_000 + 1;
    messages.push((await send(github(PUSH, { id: "1" }), PUSH)).message);
    expect(messages).toEqual(["looking", "heard before", "looking", "looking"]);
    expect(heard).toHaveLength(3);
  });

  test("that is not signed teaches nobody that it was heard", async () => {
    const { heard, send } = start();
    for (let at = 0; at < 3; at++) await send({ "x-github-event": "push", "x-github-delivery": "1" }, PUSH);
    expect(heard.map(({ by }) => by)).toEqual(["anybody", "anybody", "anybody"]);
  });

  test("of a provider without a secret is refused where the config says so", async () => {
    const { heard, send } = start({ ...SIGNED, unsigned: "refuse" });
    const { headers, payload } = sampleNamed("Gitea push");
    const reply = await send(headers, JSON.stringify(payload));
    expect(reply.status).toBe(401);
    expect(reply.message).toContain("webhooks.gitea");
    // Without a header of any provider it is nobody's, and no way around.
    expect((await send({}, PUSH)).status).toBe(401);
    expect(heard).toEqual([]);
  });

  test("is taken as GitHub's form, signed as a whole", async () => {
    const { heard, send } = start(SIGNED);
    const body = new URLSearchParams({ payload: PUSH }).toString();
    const type = { "content-type": "application/x-www-form-urlencoded" };
    expect((await send({ ...github(body), ...type }, body)).status).toBe(202);
    expect((await send({ ...github(PUSH), ...type }, body)).status).toBe(401);
    expect(heard).toHaveLength(1);
  });

  test("that shows its sender's own credentials is no login, and is heard where there are accounts", async () => {
    const heard: string[] = [];
    const closed = startFakeApi(fakeControl(), {
      who: () => ({ is: "refused" }),
      onHeard: ({ is }) => void heard.push(is),
      webhooks: () => ({
        ...SIGNED,
        secrets: { azureDevOps: { username: new Secret("azure"), password: new Secret("p") } },
      }),
    });
    const { headers, payload } = sampleNamed("Azure DevOps git.push");
    const statuses: number[] = [];
    for (const password of ["p", "x"]) {
      const authorization = `Basic ${Buffer.from(`azure:${password}`).toString("base64")}`;
      const sent = { method: "POST", headers: { ...headers, authorization }, body: JSON.stringify(payload) };
      statuses.push((await fetch(`${closed.url}/api/webhook`, sent)).status);
    }
    const list = await fetch(`${closed.url}/api/holdfast/v1/webhooks`);
    await closed.stop();
    expect([statuses, heard, list.status]).toEqual([[202, 401], ["pushes"], 401]);
  });

  test("of each provider is answered 202 with the headers that it has", async () => {
    const { heard, send, deliveries } = start();
    for (const { name, headers, payload } of OTHER_SAMPLES) {
      const { status } = await send(headers, JSON.stringify(payload));
      expect(`${name}: ${status}`).toBe(`${name}: 202`);
    }
    expect(heard).toHaveLength(OTHER_SAMPLES.length);
    expect(deliveries.all().every(({ provider }) => provider !== "unknown")).toBe(true);
  });

  test("that is larger than the config allows is not read, and one that is no JSON is told so", async () => {
    const { heard, send, list } = start({ ...SIGNED, maxBytes: 1_000, secrets: {} });
    expect((await send({}, JSON.stringify({ a: "x".repeat(2_000) }))).status).toBe(413);
    expect((await send({}, "ref=refs/heads/main")).status).toBe(400);
    expect(heard).toEqual([]);
    expect((await list()).deliveries.map(({ outcome }) => outcome)).toEqual(["unreadable"]);
  });

  test("is shown without the password of its address, and bounded", async () => {
    const { send, list } = start();
    for (let at = 0; at < 60; at++)
      await send(
        { "x-gitea-event": "push", "x-gitea-delivery": "d".repeat(5_000) },
        JSON.stringify({ repository: { clone_url: `https://ci:canary-7@git.example.com/${at}` } }),
      );
    await send(github(PUSH), PUSH);
    const { deliveries } = await list();
    expect(deliveries).toHaveLength(21);
    expect(deliveries.filter(({ provider }) => provider === "github")).toHaveLength(1);
    expect(JSON.stringify(deliveries)).not.toContain("canary-7");
    expect(Math.max(...deliveries.map(({ id = "" }) => id.length))).toBe(300);
  });
});

test("2,000 mutated deliveries get no answer of 500 or more", async () => {
  const { wrong, byStatus, heard } = await playMutated(2_000, 20_261_130);
  expect(wrong).toEqual([]);
  expect(byStatus[202]).toBeGreaterThan(200);
  expect(byStatus[401]).toBeGreaterThan(200);
  expect(heard).toBeGreaterThan(200);
}, 120_000);
