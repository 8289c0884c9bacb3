import { createHmac } from "node:crypto";
import type { NotificationMessage } from "../../../src/core/model/notification.ts";
import { defined } from "../../../src/lib/defined.ts";
import { defineNotifier } from "../../../src/plugin/contract.ts";
import { below, safeUrl, someLines, wrongAddress } from "../words.ts";

const METHODS = ["POST", "PUT", "PATCH"] as const;

/** JSON for programs: the message as it is, with an id that is the same for each try. */
export default defineNotifier({
  name: "webhook",
  keys: {
    url: { is: "secret", need: "required", doc: "Where it is sent to." },
    secret: { is: "secret", need: "optional", doc: "Signs the body: X-Holdfast-Signature-256: sha256=HMAC." },
    authorization: { is: "secret", need: "optional", doc: "A header Authorization, whole." },
    headers: { is: "secret", need: "optional", doc: "Further headers, a line each: Name: value." },
  },
  recipient: { is: "optional", says: "a name that is sent along" },
  storms: "one-message",
  check: ({ url, headers }) => [
    ...wrongAddress("url", url),
    ...(headersIn(headers) === undefined ? ["headers must be lines of Name: value"] : []),
  ],
  requests(message, { settings: { url = "", secret, authorization, headers }, recipient }) {
    const { written, ...rest } = withoutBadLinks(message);
    const own = written?.webhook?.[recipient] ?? written?.webhook?.[""];
    const body =
      own?.body ??
      JSON.stringify({
        ...rest,
        ...(recipient === "" ? {} : { recipient }),
        text: written?.message ?? rest.title,
      });
    const method = METHODS.find((one) => one === own?.method?.toUpperCase()) ?? "POST";
    return [
      {
        by: "http",
        method,
        url: own?.path === undefined ? url : withPath(url, own.path),
        headers: {
          "Content-Type": "application/json",
          "X-Holdfast-Delivery": message.id,
          "Idempotency-Key": message.id,
          ...(headersIn(headers) ?? {}),
          ...defined({ Authorization: authorization }),
          ...(secret === undefined
            ? {}
            : {
                "X-Holdfast-Signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
              }),
        },
        body,
      },
    ];
  },
});

/** Programs show what they are given: an address that is none for a browser is left out. */
function withoutBadLinks(message: NotificationMessage): NotificationMessage {
  const { link, facts, why, ...rest } = message;
  const href = safeUrl(link?.href);
  return {
    ...rest,
    ...defined({ why: why === undefined ? undefined : someLines(why, 8_000) }),
    facts: facts
      .slice(0, 20)
      .map(({ href: to, ...fact }) => ({ ...fact, ...defined({ href: safeUrl(to) }) })),
    ...(link === undefined || href === undefined ? {} : { link: { ...link, href } }),
  };
}

/** A template chooses a path, and never another server. */
function withPath(base: string, path: string): string {
  const joined = URL.parse(below(base, path));
  if (joined === null || joined.origin !== URL.parse(base)?.origin)
    throw new Error("its path leads to another server");
  return joined.href;
}

function headersIn(text: string | undefined): Record<string, string> | undefined {
  const lines = (text ?? "").split("\n").filter((line) => line.trim() !== "");
  const pairs = lines.map((line) => /^\s*([A-Za-z0-9!#$%&'*+.^_`|~-]+):\s*([\t\x20-\x7e]*)$/.exec(line));
  if (pairs.includes(null)) return undefined;
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? "", pair?.[2] ?? ""]));
}
