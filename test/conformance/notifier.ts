/**
 * What every notifier promises, of every kind of message and of the words of hostile commits.
 *
 * Run it on your own, with settings that need not lead anywhere:
 *   HOLDFAST_NOTIFIER=plugins/mine.ts HOLDFAST_NOTIFIER_SETTINGS='{"url":"https://example.com"}' \
 *     HOLDFAST_NOTIFIER_RECIPIENT=deploys bun test test/fast/notifier-conformance.test.ts
 */
import { describe, expect, test } from "bun:test";
import type { NotificationMessage } from "../../src/core/model/notification.ts";
import { hidden } from "../../src/notify/road.ts";
import type { Notifier, NotifierDestination, NotifierRequest } from "../../src/plugin/contract.ts";
import { filledWith, hostile, SAMPLES } from "../lib/notification-samples.ts";

const MOST_REQUESTS = 10;
const MOST_BYTES = 512 * 1024;

/** Words may be anything; addresses are ours. */
const hostileWords = (message: NotificationMessage): NotificationMessage => {
  const { link: _, facts, ...words } = hostile(message);
  return {
    ...words,
    facts: facts.slice(0, 8).map(({ label, text }) => ({ label, text })),
    ...(message.link === undefined ? {} : { link: message.link }),
  };
};
const CASES: readonly NotificationMessage[] = SAMPLES.flatMap((message) => [
  message,
  hostileWords(message),
  filledWith(message, "😀"),
  filledWith(message, '"\n'),
]);

function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}

export function notifierConformance(notifier: Notifier, to: NotifierDestination): void {
  const { keys, recipient } = notifier;
  const made = (message: NotificationMessage): NotifierRequest[] => notifier.requests(message, to);
  const secrets = Object.entries(to.settings).flatMap(([key, value]) =>
    keys[key]?.is === "secret" ? [value] : [],
  );

  describe(`the notifier ${notifier.name}`, () => {
    test("names its settings with a line each, and takes these", () => {
      expect(Object.keys(to.settings).filter((key) => !(key in keys))).toEqual([]);
      for (const { doc } of Object.values(keys)) expect(doc).toMatch(/^\S.*\S$/);
      expect(recipient.says).not.toBe("");
      expect(notifier.check?.(to.settings) ?? []).toEqual([]);
    });

    test("reads no setting that it does not name", () => {
      const read = new Set<string>();
      const watched = new Proxy(to.settings, {
        get(of, key) {
          read.add(String(key));
          return of[String(key)];
        },
      });
      notifier.check?.(watched);
      for (const message of SAMPLES) notifier.requests(message, { ...to, settings: watched });
      expect([...read].filter((key) => !(key in keys))).toEqual([]);
    });

    test("says something of what fails or of what is deployed", () => {
      const said = SAMPLES.filter(({ kind }) => kind === "sync-failed" || kind === "deployed").flatMap(made);
      expect(said).not.toEqual([]);
    });

    test("makes the same requests of the same message, and leaves it as it is", () => {
      for (const message of CASES) {
        const kept = frozen(structuredClone(message));
        expect(made(kept)).toEqual(made(structuredClone(message)));
      }
    });

    test("makes few requests that can be sent, whatever a message says", () => {
      for (const message of CASES) {
        const requests = made(message);
        expect(requests.length).toBeLessThanOrEqual(MOST_REQUESTS);
        for (const request of requests) {
          const lines =
            request.by === "mail"
              ? [request.mail.from, request.mail.to, request.mail.subject, request.mail.messageId]
              : [request.url, ...Object.entries(request.headers).flat()];
          for (const line of lines) expect(line).not.toMatch(/[\r\n\0]/);
          const size = Buffer.byteLength(request.by === "mail" ? request.mail.html : request.body);
          expect(size).toBeLessThan(MOST_BYTES);
          if (request.by === "http") expect(() => new Headers({ ...request.headers })).not.toThrow();
        }
      }
    });

    test("lets no message choose the server", () => {
      const servers = (messages: readonly NotificationMessage[]): Set<string> =>
        new Set(
          messages
            .flatMap(made)
            .map((request) => (request.by === "mail" ? request.server.host : new URL(request.url).origin)),
        );
      const usual = servers(SAMPLES);
      for (const server of servers(CASES)) expect([...usual]).toContain(server);
    });

    test("its secrets can be hidden in what is shown of a request", () => {
      for (const message of CASES)
        for (const request of made(message)) {
          const shown = request.by === "mail" ? Object.values(request.mail) : [request.body];
          for (const secret of secrets) expect(hidden(shown.join("\n"), secrets)).not.toContain(secret);
        }
    });

    test("says why an answer is none in words, if it looks at answers", () => {
      for (const text of ["", "{", "null", "[]", '"x"', "<html>", `{"ok":false,"error":${"[".repeat(50)}`]) {
        const said = notifier.refused?.({ status: 200, text });
        if (said !== undefined) expect(said.why).not.toBe("");
      }
    });
  });
}
