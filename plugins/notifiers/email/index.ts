import type { NotificationMessage, Tone } from "../../../src/core/model/notification.ts";
import { escapeHtml } from "../../../src/lib/escape-html.ts";
import { defineNotifier } from "../../../src/plugin/contract.ts";
import { linesOf, oneLine, plainText, safeUrl, someLines } from "../words.ts";

const COLOURS: Readonly<Record<Tone, string>> = {
  good: "#2e7d32",
  bad: "#c62828",
  unsure: "#b26a00",
  neutral: "#455a64",
};
const ADDRESS = /^[^\s@<>,;:"()[\]\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?$/;

/** Text and HTML, by SMTP. */
export default defineNotifier({
  name: "email",
  keys: {
    host: { is: "text", need: "required", doc: "Of the mail server." },
    port: { is: "text", need: "optional", doc: "Default: 587, or 465 with tls: implicit." },
    tls: {
      is: "text",
      need: "optional",
      doc: "required: STARTTLS, the default; implicit: from the first byte; offered: where there is; none: in the clear.",
    },
    username: { is: "text", need: "optional", doc: "Where the server wants to know who sends." },
    password: { is: "secret", need: "optional", doc: "With username." },
    from: { is: "text", need: "required", doc: "holdfast@example.com, or Holdfast <holdfast@example.com>." },
  },
  recipient: { is: "needed", says: "a mail address" },
  storms: "one-message",
  check({ port, tls, username, password, from = "" }) {
    return [
      ...(port === undefined || (/^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) < 65_536)
        ? []
        : ["port must be a number from 1 to 65535"]),
      ...(tls === undefined || isTls(tls) ? [] : ["tls must be required, implicit, offered or none"]),
      ...((username === undefined) === (password === undefined) ? [] : ["username and password go together"]),
      ...(senderIn(from) === undefined ? ["from must be a mail address"] : []),
    ];
  },
  requests(message, { settings, recipient }) {
    const { host = "", port, tls = "required", username, password, from = "" } = settings;
    const sender = senderIn(from);
    if (!ADDRESS.test(recipient))
      throw new Error(`${JSON.stringify(oneLine(recipient, 100))} is no mail address`);
    if (sender === undefined || !isTls(tls)) throw new Error("its settings are wrong");
    const { subject, body } = message.written?.email ?? {};
    return [
      {
        by: "mail",
        server: {
          host,
          port: port === undefined ? (tls === "implicit" ? 465 : 587) : Number(port),
          tls,
          ...(username === undefined || password === undefined ? {} : { username, password }),
        },
        mail: {
          from: oneLine(from, 300),
          to: recipient,
          subject: oneLine(subject ?? message.written?.message ?? message.title, 200),
          text: body === undefined ? plainText(message, 20_000) : textOf(body),
          html: body ?? htmlOf(message),
          messageId: `<${message.id}@${sender.split("@")[1]}>`,
        },
      },
    ];
  },
});

function isTls(text: string): text is "required" | "implicit" | "offered" | "none" {
  return ["required", "implicit", "offered", "none"].includes(text);
}

/** The address in `Name <address>` or by itself. */
function senderIn(from: string): string | undefined {
  if (/[\r\n]/.test(from)) return undefined;
  const address = /<([^<>]*)>\s*$/.exec(from)?.[1] ?? from.trim();
  return ADDRESS.test(address) ? address : undefined;
}

/** A template's body is HTML, as Argo CD sends it: what people read who want none. */
function textOf(html: string): string {
  return someLines(
    html.replace(/<(?:br|\/p|\/div|\/li|\/tr)\b[^>]*>/gi, "\n").replace(/<[^>]*>/g, ""),
    20_000,
  );
}

function htmlOf(message: NotificationMessage): string {
  const { written, title, tone, why, facts, next, link } = message;
  const text = (said: string): string => escapeHtml(said).replace(/\n/g, "<br>");
  if (written?.message !== undefined) return page(`<p>${text(someLines(written.message, 20_000))}</p>`);
  const lines = linesOf(message);
  const url = safeUrl(link?.href);
  const rows = facts.map(({ label, text: said, href }) => {
    const to = safeUrl(href);
    const shown = escapeHtml(oneLine(said, 500));
    return `<tr><td style="padding:2px 16px 2px 0;color:#5f6b73;vertical-align:top">${escapeHtml(oneLine(label, 60))}</td><td style="padding:2px 0">${to === undefined ? shown : `<a href="${escapeHtml(to)}">${shown}</a>`}</td></tr>`;
  });
  return page(
    [
      `<h1 style="font-size:18px;margin:0 0 8px;color:${COLOURS[tone]}">${escapeHtml(oneLine(title, 300))}</h1>`,
      why === undefined ? "" : `<p style="margin:0 0 12px">${text(someLines(why, 4_000))}</p>`,
      lines.length === 0
        ? ""
        : `<p style="margin:0 0 12px;font-family:monospace">${text(lines.join("\n"))}</p>`,
      rows.length === 0
        ? ""
        : `<table style="border-collapse:collapse;margin:0 0 12px">${rows.join("")}</table>`,
      next === undefined
        ? ""
        : `<p style="margin:0 0 12px;color:#5f6b73">${text(someLines(next, 1_000))}</p>`,
      url === undefined || link === undefined
        ? ""
        : `<p style="margin:0"><a href="${escapeHtml(url)}">${escapeHtml(oneLine(link.text, 80))}</a></p>`,
    ].join(""),
  );
}

function page(inner: string): string {
  return `<!doctype html><html lang="en"><body style="font:14px/1.5 system-ui,sans-serif;color:#1c262b;margin:16px;max-width:640px">${inner}</body></html>`;
}
