import { expect, test } from "bun:test";
import { rejectionOf } from "../../test/lib/ending-of.ts";
import type { Asker } from "../core/access/asker.ts";
import { Looks } from "./looks.ts";

const asker = (name: string): Asker => ({ name, isAlmighty: false, may: () => false }) as unknown as Asker;
const never = new AbortController().signal;

/** Looks that end when they are told to. @returns who is at work */
function stage() {
  const looks = new Looks();
  const working: { name: string; end(): void }[] = [];
  const look = (name: string, signal = never): Promise<string> =>
    looks.hold(asker(name), signal, () => {
      const { promise, resolve } = Promise.withResolvers<string>();
      working.push({ name, end: () => resolve(name) });
      return promise;
    });
  return { look, working, names: () => working.map(({ name }) => name) };
}
const turn = () => Bun.sleep(0);

test("who asks has one at a time, and everybody together three", async () => {
  const { look, working, names } = stage();
  const all = [look("ann"), look("ann"), look("bob"), look("eve"), look("dan")];
  await turn();
  expect(names()).toEqual(["ann", "bob", "eve"]);
  working[0]?.end();
  await turn();
  await turn();
  // Who waited for a place comes before who waited for their own.
  expect(names().slice(3)).toEqual(["dan"]);
  for (let at = 1; at < 5; at++) {
    working[at]?.end();
    await turn();
    await turn();
  }
  expect(await Promise.all(all)).toEqual(["ann", "ann", "bob", "eve", "dan"]);
});

test("who waits and goes leaves the line, and who asks too often is refused", async () => {
  const { look, working, names } = stage();
  const first = look("ann");
  const leaving = new AbortController();
  const second = look("ann", leaving.signal).catch((cause: unknown) => cause);
  leaving.abort(new Error("gone"));
  expect(await second).toEqual(new Error("gone"));
  const waiting = Array.from({ length: 5 }, () => look("ann"));
  expect(await rejectionOf(look("ann"))).toMatchObject({ http: 429 });
  expect(names()).toEqual(["ann"]);
  for (let at = 0; at < 6; at++) {
    working[at]?.end();
    await turn();
    await turn();
  }
  expect(await Promise.all([first, ...waiting])).toHaveLength(6);
  const last = look("ann");
  await turn();
  working.at(-1)?.end();
  expect(await last).toBe("ann");
});
