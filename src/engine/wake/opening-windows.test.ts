import { expect, test } from "bun:test";
import { eventually } from "../../../test/lib/eventually.ts";
import { appKey } from "../../core/model/application.ts";
import { OpeningWindows } from "./opening-windows.ts";

const WEB = appKey("argocd", "web");
const SHOP = appKey("argocd", "shop");

function opening(lookEveryMs: number) {
  const woken: string[] = [];
  let now = 1_000_000;
  const windows = new OpeningWindows({ now: () => now }, (key) => woken.push(key), lookEveryMs);
  return { windows, woken, setTo: (to: number) => void (now = to), ahead: (ms: number) => now + ms };
}

test("a clock that is set ahead is noticed at the next look, and wakes only those whose time it is", async () => {
  const { windows, woken, setTo, ahead } = opening(5);
  windows.note(WEB, ahead(3_600_000));
  windows.note(SHOP, ahead(7_200_000));
  await Bun.sleep(30);
  expect(woken).toEqual([]);
  setTo(ahead(3_600_000));
  await eventually("it is woken", () => woken.length > 0);
  await Bun.sleep(30);
  expect(woken).toEqual([WEB]);
  windows.stop();
});

test("a clock that is set back has it wait on", async () => {
  const { windows, woken, setTo, ahead } = opening(5);
  windows.note(WEB, ahead(20));
  setTo(ahead(-3_600_000));
  await Bun.sleep(60);
  expect(woken).toEqual([]);
  setTo(ahead(3_600_020));
  await eventually("it is woken", () => woken.length === 1);
  windows.stop();
});

test("who waits no more is not woken, nor anybody after the end", async () => {
  const { windows, woken, setTo, ahead } = opening(5);
  windows.note(WEB, ahead(10));
  windows.note(WEB, undefined);
  windows.note(SHOP, ahead(10));
  windows.stop();
  setTo(ahead(20));
  await Bun.sleep(40);
  expect(woken).toEqual([]);
});
