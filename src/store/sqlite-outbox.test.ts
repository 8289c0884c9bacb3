import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NotificationMessage } from "../core/model/notification.ts";
import type { OutboxNote } from "../core/ports/outbox.ts";
import { openStore } from "./open-store.ts";

const dir = mkdtempSync(join(tmpdir(), "outbox-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const AT = "2026-11-28T10:00:00Z";
const NOW = Date.parse("2026-11-30T10:00:00Z");
const CI = { service: "hook", recipient: "ci" };
const message = (id: string): NotificationMessage => ({
  ...{ id, kind: "deployed", tone: "good", title: id, at: AT, facts: [] },
});
const note = (key: string, to = CI): OutboxNote => ({
  ...{ key, to, trigger: "on-deployed", message: message(key) },
});
let stores = 0;
const outboxOf = (name = `one-${stores++}`) => openStore(join(dir, name));

test("what is posted again is there once, also when it was delivered, and for each destination by its own key", () => {
  const store = outboxOf();
  const { outbox } = store;
  expect(outbox.post([note("1"), note("2")], AT, NOW)).toBe(2);
  expect(outbox.post([note("1"), note("2"), note("3")], AT, NOW)).toBe(1);
  const [first] = outbox.waitingFor(CI, 1);
  outbox.delivered(first?.id ?? 0, AT);
  expect(outbox.post([note("1")], AT, NOW)).toBe(0);
  expect(outbox.waitingFor(CI, 9).map(({ message }) => message.id)).toEqual(["2", "3"]);
  store.close();
});

test("what was given up waits again when it is resent: its time begins then, and its tries", () => {
  const store = outboxOf();
  const { outbox } = store;
  outbox.post([note("1"), note("2")], AT, NOW);
  for (const { id } of outbox.waitingFor(CI, 9)) outbox.dead(id, AT, "it answered HTTP 404");
  expect(outbox.waitingFor(CI, 9)).toEqual([]);
  const [, second] = outbox.items(["dead"], 9).toReversed();
  expect(outbox.resend([second?.id ?? 0], NOW)).toBe(1);
  const [again] = outbox.waitingFor(CI, 9);
  expect(again).toMatchObject({ id: second?.id, tries: 0, due: NOW });
  expect(Date.parse(again?.at ?? "")).toBe(NOW);
  expect(outbox.counts()).toMatchObject({ waiting: 1, dead: 1 });
  // What is delivered or waits is none that was given up.
  expect(outbox.resend([second?.id ?? 0], NOW)).toBe(0);
  expect(outbox.resend(undefined, NOW)).toBe(1);
  store.close();
});

test("what waits never falls, however much has ended since; of that the newest are kept", () => {
  const store = outboxOf();
  const { outbox } = store;
  outbox.post([note("first")], AT, NOW);
  const other = { service: "hook", recipient: "other" };
  for (let round = 0; round < 53; round++) {
    outbox.post(
      Array.from({ length: 100 }, (_, index) => note(`${round} ${index}`, other)),
      AT,
      NOW,
    );
    for (const { id } of outbox.waitingFor(other, 100)) outbox.delivered(id, AT);
  }
  const { waiting, delivered } = outbox.counts();
  expect(waiting).toBe(1);
  expect(delivered).toBeLessThan(5_200);
  expect(outbox.items(["delivered"], 1)[0]?.message.id).toBe("52 99");
  expect(outbox.waitingFor(CI, 9).map(({ message }) => message.id)).toEqual(["first"]);
  store.close();
});

test("of too many that wait the oldest of the project that has most are given up, and none that may be on its way", () => {
  const store = openStore(join(dir, "many"), { outbox: { waiting: 200 } });
  const { outbox } = store;
  const of = (project: string, key: string, to: OutboxNote["to"]): OutboxNote => ({
    ...note(key, to),
    message: { ...message(key), project },
  });
  outbox.post([of("small", "s", { service: "hook", recipient: "small" })], AT, NOW);
  for (let at = 0; at < 1_000; at++) outbox.post([of("loud", `l${at}`, CI)], AT, NOW);
  const { waiting, dead } = outbox.counts();
  expect(waiting).toBeLessThanOrEqual(250);
  expect(waiting).toBeGreaterThan(150);
  // Nothing is lost: what does not wait any more is given up, with the reason, and can be sent again.
  expect(waiting + dead).toBe(1_001);
  const [one] = outbox.items(["dead"], 1);
  expect(one).toMatchObject({ why: "more than 200 messages waited for receivers that took none", ended: AT });
  expect(outbox.waitingFor(CI, 2).map(({ message: { id } }) => id === "l0")).toEqual([true, false]);
  expect(outbox.waitingFor(CI, 1_000).at(-1)?.message.id).toBe("l999");
  expect(outbox.waitingFor({ service: "hook", recipient: "small" }, 9).length).toBe(1);
  expect(outbox.resend([one?.id ?? 0], NOW)).toBe(1);
  store.close();
});

test("what one project had given up pushes out its own, and nothing of others", () => {
  const store = outboxOf();
  const { outbox } = store;
  const of = (project: string, key: string): OutboxNote => ({
    ...note(key, { service: key, recipient: "" }),
    message: { ...message(key), project },
  });
  const giveUp = (notes: readonly OutboxNote[]): void => {
    outbox.post(notes, AT, NOW);
    for (const { id } of outbox.items(["waiting"], 1_000)) outbox.dead(id, AT, "there is no service");
  };
  giveUp([of("platform", "p1"), of("platform", "p2"), note("of no project")]);
  for (let round = 0; round < 53; round++)
    giveUp(Array.from({ length: 100 }, (_, index) => of("tenant", `${round} ${index}`)));
  const dead = outbox.items(["dead"], 10_000).map((one) => one.message.id);
  expect(dead.slice(-3)).toEqual(["of no project", "p2", "p1"]);
  expect(dead[0]).toBe("52 99");
  expect(dead.length).toBeLessThan(5_200);
  store.close();
});

test("several that are told together are over, and one waits in their place, behind what came meanwhile", () => {
  const store = outboxOf();
  const { outbox } = store;
  outbox.post([note("1"), note("2"), note("3")], AT, NOW);
  const [one, two] = outbox.waitingFor(CI, 9);
  outbox.join([one?.id ?? 0, two?.id ?? 0], note("both"), AT, NOW);
  expect(outbox.waitingFor(CI, 9).map(({ message }) => message.id)).toEqual(["3", "both"]);
  expect(outbox.counts()).toMatchObject({ waiting: 2, joined: 2 });
  // The process ended before that was noted: it is found out, and nothing is joined twice.
  expect(() => outbox.join([one?.id ?? 0], note("both"), AT, NOW)).toThrow();
  expect(outbox.counts()).toMatchObject({ waiting: 2, joined: 2 });
  store.close();
});

test("another start brings on what was put off, and keeps the reason and the tries", () => {
  const before = outboxOf("again");
  before.outbox.post([note("1")], AT, NOW);
  const [item] = before.outbox.waitingFor(CI, 9);
  before.outbox.later(item?.id ?? 0, NOW + 3_600_000, "it answered HTTP 503");
  before.close();
  const store = outboxOf("again");
  const { outbox } = store;
  expect(outbox.destinations()).toEqual([{ to: CI, due: NOW + 3_600_000, waiting: 1 }]);
  outbox.hurry(NOW);
  expect(outbox.waitingFor(CI, 9)).toMatchObject([{ due: NOW, tries: 1, why: "it answered HTTP 503" }]);
  store.close();
});
