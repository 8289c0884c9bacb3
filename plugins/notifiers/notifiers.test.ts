/** What each notifier makes of hostile words, beside what all promise: test/conformance/notifier.ts. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { KnownBlock } from "@slack/types";
import { appKey } from "../../src/core/model/application.ts";
import type { NotificationMessage } from "../../src/core/model/notification.ts";
import type { Notifier } from "../../src/plugin/contract.ts";
import { NOTIFIER_SETTINGS } from "../../test/lib/notifier-settings.ts";
import { builtInNotifiers } from "../index.ts";

const SHA = "0123456789abcdef0123456789abcdef01234567";
const HOSTILE =
  'a <!channel> @everyone <@U123> [x](javascript:alert(1)) <script>alert(1)</script> \r\nBcc: x@evil.example "quoted" {{.secrets.token}} \u202e*bold*';

const MESSAGE: NotificationMessage = {
  id: "0123456789abcdef0123456789abcdef",
  kind: "sync-failed",
  tone: "bad",
  title: "shop: sync failed",
  at: "2026-11-30T10:00:00Z",
  why: "Deployment shop/web: the server refused it",
  facts: [
    { label: "Project", text: "team" },
    { label: "Commit", text: "0123456 more (Ana)", href: `https://github.com/team/shop/commit/${SHA}` },
  ],
  next: "holdfast app get argocd/shop says why.",
  link: { text: "The application", href: "https://cd.example.com/applications/argocd/shop" },
  app: appKey("argocd", "shop"),
  project: "team",
  revision: SHA,
  repository: "https://github.com/team/shop.git",
  condition: { key: "sync-failed argocd/shop", is: "began" },
};
const BAD: NotificationMessage = {
  ...MESSAGE,
  title: HOSTILE,
  why: `${HOSTILE}\n`.repeat(400),
  next: HOSTILE,
  facts: Array.from({ length: 40 }, () => ({ label: HOSTILE, text: HOSTILE, href: "javascript:alert(1)" })),
  link: { text: HOSTILE, href: "javascript:alert(1)" },
};

const madeBy = (notifier: Notifier, message: NotificationMessage) =>
  notifier.requests(message, NOTIFIER_SETTINGS[notifier.name] ?? { settings: {}, recipient: "" });
const bodyOf = (notifier: Notifier, message: NotificationMessage): string =>
  madeBy(notifier, message)
    .map((request) => (request.by === "http" ? request.body : JSON.stringify(request.mail)))
    .join("\n");

/** Of a request's body, what the channel looks through for markup and names. */
function readAsMarkup(name: string, body: string): string[] {
  const read = JSON.parse(body) as {
    text?: string;
    html?: string;
    embeds?: { title: string; description: string }[];
    blocks?: { fields?: { type: string; text: string }[] }[];
  };
  switch (name) {
    case "slack": {
      const fields = (read.blocks ?? []).flatMap(({ fields = [] }) => fields);
      return [
        // Names count in a message's own text where somebody says so, which nobody does here.
        (read.text ?? "").replaceAll("@everyone", ""),
        ...fields.filter(({ type }) => type === "mrkdwn").map(({ text }) => text),
      ];
    }
    case "telegram":
    case "google-chat":
      return [read.text ?? ""];
    case "email":
      return [(read.html ?? "").replaceAll("@everyone", "")];
    case "discord":
      return (read.embeds ?? []).flatMap(({ title, description }) => [title, description]);
    default:
      return [];
  }
}

describe.each(builtInNotifiers.map((notifier) => [notifier.name, notifier] as const))(
  "%s",
  (name, notifier) => {
    test("keeps nobody's markup, mentions and links of hostile words, and stays within bounds", () => {
      const body = bodyOf(notifier, BAD);
      expect(body.length).toBeLessThan(64 * 1024);
      expect(/"(?:url|href|target_url|client_url|generatorURL)":"javascript/.test(body)).toBe(false);
      if (name !== "webhook") expect(body.includes("\u202e")).toBe(false);
      expect(body.includes('href=\\"javascript')).toBe(false);
      for (const text of readAsMarkup(name, body))
        expect(text).not.toMatch(/<!channel>|<@U|<script>|(?<!\\)@everyone/);
    });
  },
);

describe("slack", () => {
  const slack = builtInNotifiers.find(({ name }) => name === "slack") as Notifier;
  test("blocks are those that Slack publishes, of their sizes", () => {
    for (const message of [MESSAGE, BAD]) {
      const { blocks, text } = JSON.parse(bodyOf(slack, message)) as { blocks: KnownBlock[]; text: string };
      expect(text.length).toBeLessThan(4_000);
      expect(blocks.length).toBeLessThanOrEqual(50);
      for (const block of blocks)
        switch (block.type) {
          case "header":
            expect(block.text.text.length).toBeLessThanOrEqual(150);
            break;
          case "section":
            expect(block.text?.text.length ?? 0).toBeLessThanOrEqual(3_000);
            expect(block.fields?.length ?? 0).toBeLessThanOrEqual(10);
            for (const field of block.fields ?? []) expect(field.text.length).toBeLessThanOrEqual(2_000);
            break;
          case "context":
          case "actions":
            expect(block.elements.length).toBeGreaterThan(0);
            break;
          default:
            throw new Error(`${block.type} is none that is meant`);
        }
    }
  });
  test("what Slack refuses for ever is not tried again, and a busy one is", () => {
    expect(slack.refused?.({ status: 200, text: '{"ok":false,"error":"channel_not_found"}' })).toEqual({
      why: "Slack says channel_not_found",
      again: "never",
    });
    expect(slack.refused?.({ status: 200, text: '{"ok":false,"error":"ratelimited"}' })?.again).toBe("later");
    expect(slack.refused?.({ status: 200, text: '{"ok":true}' })).toBeUndefined();
  });
});

test("for Alertmanager what goes on has an end that is far away, what is over ends, and a test ends by itself", () => {
  const alertmanager = builtInNotifiers.find(({ name }) => name === "alertmanager") as Notifier;
  const timesOf = (message: NotificationMessage): unknown => {
    const [alert] = JSON.parse(bodyOf(alertmanager, message)) as { startsAt?: string; endsAt?: string }[];
    return [alert?.startsAt, alert?.endsAt];
  };
  expect(timesOf(MESSAGE)).toEqual([MESSAGE.at, "2027-11-30T10:00:00.000Z"]);
  const key = "sync-failed argocd/shop";
  expect(timesOf({ ...MESSAGE, condition: { key, is: "ended" } })).toEqual([undefined, MESSAGE.at]);
  const { condition, ...test } = MESSAGE;
  expect(condition?.key).toBe(key);
  expect(timesOf({ ...test, kind: "test" })).toEqual([MESSAGE.at, undefined]);
});

test("a mail's header holds no line of a commit, and its id is the same each time", () => {
  const email = builtInNotifiers.find(({ name }) => name === "email") as Notifier;
  const [one] = madeBy(email, BAD);
  const [again] = madeBy(email, BAD);
  if (one?.by !== "mail" || again?.by !== "mail") throw new Error("it is no mail");
  expect(one.mail.subject).not.toMatch(/[\r\n]/);
  expect(one.mail.messageId).toBe(again.mail.messageId);
  expect(() =>
    email.requests(MESSAGE, {
      settings: NOTIFIER_SETTINGS["email"]?.settings ?? {},
      recipient: "a@b\r\nBcc: c@d",
    }),
  ).toThrow("is no mail address");
});

test("a template's path of a webhook leads to no other server", () => {
  const webhook = builtInNotifiers.find(({ name }) => name === "webhook") as Notifier;
  for (const path of ["//evil.example/x", "/../../x", "https://evil.example"]) {
    const [request] = webhook.requests(
      { ...MESSAGE, written: { webhook: { "": { path } } } },
      { settings: { url: "https://hooks.example.com/in" }, recipient: "" },
    );
    expect(request?.by === "http" ? URL.parse(request.url)?.host : "").toBe("hooks.example.com");
  }
});

test.each(["teams", "google-chat"])(
  "%s: one address for all or one a recipient, and each of them is one",
  (name) => {
    const check = builtInNotifiers.find((one) => one.name === name)?.check;
    const recipientUrls = JSON.stringify({ ops: "https://a.example.com", dev: "ftp://b.example.com" });
    expect(check?.({})).toEqual(["one of url and recipientUrls is needed, and not both"]);
    expect(check?.({ url: "https://a.example.com", recipientUrls: "{}" })).toContain(
      "one of url and recipientUrls is needed, and not both",
    );
    expect(check?.({ recipientUrls })).toEqual(["dev must be an http or https address"]);
    expect(check?.({ recipientUrls: "[]" })).toEqual(["recipientUrls must be a JSON object of texts"]);
  },
);

test("docs/notifications.md has every field of a webhook's body, and the signature is what it says", async () => {
  const webhook = builtInNotifiers.find(({ name }) => name === "webhook") as Notifier;
  const full: Required<Omit<NotificationMessage, "written">> = {
    ...(MESSAGE as Required<NotificationMessage>),
    cluster: "east",
    lines: [{ at: MESSAGE.at, title: "a", tone: "good" }],
    count: 1,
  };
  const settings = { url: "https://hooks.example.com/", secret: "s3cret" };
  const [request] = webhook.requests(full, { settings, recipient: "team" });
  if (request?.by !== "http") throw new Error("a webhook is sent by HTTP");
  const page = readFileSync(join(import.meta.dir, "../../docs/notifications.md"), "utf8");
  const table = page.split("| field | |")[1]?.split("\n\n", 1)[0] ?? "";
  const told = [...table.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, names = ""]) =>
    [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name),
  );
  expect(told.toSorted()).toEqual(Object.keys(JSON.parse(request.body)).toSorted());
  const hmac = new Bun.CryptoHasher("sha256", "s3cret").update(request.body).digest("hex");
  expect(request.headers?.["X-Holdfast-Signature-256"]).toBe(`sha256=${hmac}`);
});
