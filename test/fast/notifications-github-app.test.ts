/** The notifier of GitHub as an app that is installed there: a server that looks at each token as GitHub documents it. */
import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { createVerify, generateKeyPairSync } from "node:crypto";
import { builtInNotifiers } from "../../plugins/index.ts";
import { keyOfApp } from "../../src/core/model/application.ts";
import type { NotificationMessage } from "../../src/core/model/notification.ts";
import { Secret } from "../../src/core/model/secret.ts";
import { systemClock } from "../../src/lib/system-clock.ts";
import { LentTokens } from "../../src/notify/lent-tokens.ts";
import { reachOf, sendAll } from "../../src/notify/road.ts";
import type { Sent } from "../../src/notify/sent.ts";
import { eventually } from "../lib/eventually.ts";
import { app, notificationStand, SHA } from "../lib/notification-stand.ts";

const { stand } = notificationStand();

const pair = () =>
  generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });
const [own, other] = [pair(), pair()];
const HOUR_MS = 3_600_000;
const github = builtInNotifiers.find(({ name }) => name === "github");
if (github === undefined) throw new Error("there is no notifier of GitHub");

/** By its own clock. */
let nowMs = 0;
let asked: string[] = [];
let lent: { token: string; endsMs: number; takenBack: boolean }[] = [];
let states: unknown[] = [];
/** What a status is answered, in place of 201. */
let instead: (() => Response | undefined) | undefined;
const server = Bun.serve({
  ...{ hostname: "127.0.0.1", port: 0 },
  async fetch(request) {
    const { pathname } = new URL(request.url);
    asked.push(`${request.method} ${pathname}`);
    const bearer = (request.headers.get("authorization") ?? "").replace(/^Bearer /, "");
    if (pathname === "/api/v3/app/installations/42/access_tokens") {
      const why = wrongJwt(bearer);
      if (why !== undefined) return Response.json({ message: why }, { status: 401 });
      const token = `ghs_lent_number_${lent.length}`;
      lent.push({ token, endsMs: nowMs + HOUR_MS, takenBack: false });
      return Response.json({ token, expires_at: new Date(nowMs + HOUR_MS).toISOString() }, { status: 201 });
    }
    if (!/^\/api\/v3\/repos\/team\/shop\/statuses\/[0-9a-f]{40}$/.test(pathname))
      return Response.json({ message: "Not Found" }, { status: 404 });
    const token = lent.find((one) => one.token === bearer);
    if (token === undefined || token.takenBack || token.endsMs <= nowMs)
      return Response.json({ message: `Bad credentials: ${bearer}` }, { status: 401 });
    const odd = instead?.();
    if (odd !== undefined) return odd;
    states.push(((await request.json()) as { state: string }).state);
    return Response.json({ id: 1, by: bearer }, { status: 201 });
  },
});
afterAll(() => server.stop(true));
const apiURL = `http://127.0.0.1:${server.port}/api/v3`;

/** Sources: docs.github.com, "About JSON Web Tokens (JWTs)" and "Generating a JSON Web Token for a GitHub App". */
function wrongJwt(jwt: string): string | undefined {
  const [head = "", body = "", signature = ""] = jwt.split(".");
  if (!createVerify("RSA-SHA256").update(`${head}.${body}`).verify(own.publicKey, signature, "base64url"))
    return "A JSON web token could not be decoded";
  const read = (part: string): Record<string, any> => JSON.parse(Buffer.from(part, "base64url").toString());
  const { iss, iat, exp } = read(body);
  const nowS = nowMs / 1_000;
  if (read(head)["alg"] !== "RS256" || iss !== "7") return "'Issuer' claim ('iss') must be an app";
  if (exp <= nowS) return "'Expiration time' claim ('exp') is in the past";
  if (exp > nowS + 600) return "'Expiration time' claim ('exp') is too far in the future";
  return iat > nowS ? "'Issued at' claim ('iat') must be in the past" : undefined;
}

const APP = { appID: "7", installationID: "42", privateKey: own.privateKey, apiURL };
const message: NotificationMessage = {
  ...{ id: "m1", kind: "deployed", tone: "good", title: "shop is deployed", at: "2026-11-30T10:00:00Z" },
  ...{ facts: [], app: keyOfApp(app()), repository: "https://github.com/team/shop.git", revision: SHA },
};

/** Sent by those tokens, which are kept from one to the next, at the time of the server's clock. */
function sender(settings: Record<string, string> = APP): () => Promise<Sent> {
  const clock = { ...systemClock, now: () => nowMs, monotonic: () => nowMs };
  const tokens = new LentTokens({ clock, timeoutMs: 10_000, reach: reachOf });
  return () =>
    sendAll(github?.requests(message, { settings, recipient: "" }) ?? [], {
      ...{ called: "github ci", notifier: {}, secrets: [], allowedHosts: [], userAgent: "holdfast/test" },
      ...{ signal: new AbortController().signal, lent: tokens },
    });
}
const tokensAsked = (): number => asked.filter((one) => one.endsWith("/access_tokens")).length;

beforeEach(() => {
  nowMs = Date.parse("2026-11-30T10:00:00Z");
  [asked, lent, states, instead] = [[], [], [], undefined];
});

describe("a token of an installation", () => {
  test("is asked for with a signed word that GitHub takes, and sent with each message until shortly before it ends", async () => {
    const send = sender();
    expect((await send()).is).toBe("sent");
    nowMs += 54 * 60_000;
    expect((await send()).is).toBe("sent");
    expect(tokensAsked()).toBe(1);
    nowMs += 2 * 60_000;
    expect((await send()).is).toBe("sent");
    expect(tokensAsked()).toBe(2);
    expect(states).toEqual(["success", "success", "success"]);
  });

  test("is asked for once for messages that go out together", async () => {
    const send = sender();
    const sent = await Promise.all([send(), send(), send()]);
    expect(sent.map(({ is }) => is)).toEqual(["sent", "sent", "sent"]);
    expect(tokensAsked()).toBe(1);
  });

  test("that was taken back is lent anew, and what it was for is tried again", async () => {
    const send = sender();
    await send();
    nowMs += 5 * 60_000;
    for (const one of lent) one.takenBack = true;
    expect(await send()).toMatchObject({ is: "failed", again: "later" });
    expect((await send()).is).toBe("sent");
    expect(tokensAsked()).toBe(2);
  });

  test("of an app that may not write is told at once, and for good", async () => {
    instead = () => Response.json({ message: "Resource not accessible by integration" }, { status: 403 });
    expect(await sender()()).toMatchObject({
      ...{ is: "failed", again: "never" },
      why: expect.stringContaining("not accessible by integration"),
    });
  });

  test("that GitHub does not lend is said with what to look at, and tried later", async () => {
    const sent = await sender({ ...APP, privateKey: other.privateKey })();
    expect(sent).toMatchObject({ is: "failed", again: "later" });
    const { why } = sent as { why: string };
    expect(why).toContain("HTTP 401");
    expect(why).toContain("Check the app's id and key");
    expect(why).toContain("write commit statuses");
    for (const line of other.privateKey.split("\n").filter(({ length }) => length > 20))
      expect(why).not.toContain(line);
    expect(states).toEqual([]);
  });

  test("stands in nothing that is told of an answer, whatever a server repeats of it", async () => {
    const send = sender();
    const first = await send();
    expect(JSON.stringify(first)).not.toContain("ghs_lent");
    for (const one of lent) one.takenBack = true;
    const refused = await send();
    expect((refused as { why: string }).why).toContain("Bad credentials");
    expect(JSON.stringify(refused)).not.toContain("ghs_lent");
  });
});

describe("settings of an app", () => {
  const problemsOf = (settings: Record<string, string>): string[] => {
    const one = stand(`app-${Bun.hash(JSON.stringify(settings))}`, [
      {
        ...{ name: "gh", type: "github" },
        settings: Object.fromEntries(
          Object.entries(settings).map(([key, value]) => [key, new Secret(value)]),
        ),
      },
    ]);
    return one.notifications.problems().map(({ text }) => text);
  };
  const elliptic = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  }).privateKey;
  const { privateKey, appID, installationID } = APP;

  test.each([
    ["settings.token is required, or an app", {}],
    ["settings.privateKey is required beside settings.appID", { appID, installationID }],
    ["settings.appID is required beside settings.privateKey", { privateKey }],
    ["settings.token and settings.appID are two logins", { token: "ghp_x", ...APP }],
    ["settings.installationID must be a number", { ...APP, installationID: "the-team" }],
    ["settings.appID is no id of an app", { ...APP, appID: "7/../x" }],
    ["settings.privateKey is no private key of RSA", { ...APP, privateKey: "not-a-key-but-a-secret" }],
    ["settings.privateKey is no private key of RSA", { ...APP, privateKey: own.publicKey }],
    ["settings.privateKey is no private key of RSA", { ...APP, privateKey: elliptic }],
    ["settings.privateKey is no private key of RSA", { ...APP, privateKey: privateKey.slice(0, 400) }],
  ] as const)("are refused with %s, and without a word of the key", (said, settings) => {
    const problems = problemsOf(settings).join("\n");
    expect(problems).toContain(said);
    for (const secret of ["not-a-key-but-a-secret", privateKey.slice(100, 140), elliptic.slice(60, 90)])
      expect(problems).not.toContain(secret);
  });

  test("are enough, with the line breaks of Windows too", () => {
    expect(problemsOf(APP)).toEqual([]);
    expect(problemsOf({ ...APP, privateKey: privateKey.replaceAll("\n", "\r\n") })).toEqual([]);
  });
});

test("argocd-notifications-cm has such a service, and nothing that is shown has its key or its token", async () => {
  const one = stand("app-argo", []);
  one.notifications.settingsChanged({
    settings: {
      "service.github": `{ appID: 7, installationID: 42, privateKey: $github-key, enterpriseBaseURL: "http://127.0.0.1:${server.port}" }`,
      "template.out":
        "message: out\ngithub: { repoURLPath: 'https://127.0.0.1/team/shop', revisionPath: '{{.app.status.sync.revision}}', status: { state: success, label: it } }",
      "trigger.on-out": "[{ when: app.status.operationState.phase == 'Succeeded', send: [out] }]",
    },
    secret: { "github-key": own.privateKey },
  });
  expect(one.notifications.problems()).toEqual([]);
  nowMs = Date.now();
  one.notifications.start();
  one.put(app({ "notifications.argoproj.io/subscribe.on-out.github": "" }));
  await eventually("it is told", () => states.length === 1);
  expect(states).toEqual(["success"]);
  await eventually("all is sent", () => one.store.outbox.counts().waiting === 0);
  const shown = JSON.stringify([
    one.notifications.desk.shown(),
    await one.notifications.desk.preview(keyOfApp(app()), "on-out", undefined),
    one.log.lines,
  ]);
  expect(shown).not.toContain("ghs_lent");
  for (const line of own.privateKey.split("\n").filter(({ length }) => length > 20))
    expect(shown).not.toContain(line);
}, 60_000);
