import { afterEach, beforeEach, expect, test } from "bun:test";
import { AuthRig, CheapHasher } from "../../test/lib/auth-rig.ts";
import { recordingLog } from "../../test/lib/recording-log.ts";
import { KEEP_ABSENT_MS } from "../auth/accounts.ts";
import { RunningAccounts } from "../auth/running-accounts.ts";
import { accountOfOwner, ownerName } from "../core/accounts/owner-name.ts";
import type { AppKey } from "../core/model/application.ts";
import type { Favourites } from "../core/ports/favourites.ts";
import { openStore } from "../store/open-store.ts";
import { keptFavourites } from "./kept-favourites.ts";

const WEB = ["argocd/web" as AppKey];
const ann = ownerName({ kind: "account", name: "ann" });
const annElsewhere = ownerName({ kind: "sso", issuer: "https://id.example.com", name: "ann" });
let rig: AuthRig;
let favourites: Favourites;
let running: RunningAccounts;

function start(): void {
  const belongings = keptFavourites(rig.store);
  favourites = belongings;
  running = new RunningAccounts({
    ...{ store: rig.store.accounts, journal: rig.store, clock: rig.ports.clock, log: recordingLog() },
    ...{ folder: rig.folder, serverToken: () => undefined, hasRole: () => false },
    ...{ hasher: new CheapHasher(), belongings },
  });
}
const hold = (...names: string[]): unknown =>
  running.hold({
    settings: {
      shown: "argocd-cm",
      data: Object.fromEntries(names.map((name) => [`accounts.${name}`, "login"])),
    },
  });

beforeEach(() => {
  rig = new AuthRig();
  start();
  for (const owner of [ann, annElsewhere, ownerName({ kind: "account", name: "ben" })])
    favourites.put(owner, WEB);
  hold("ann", "ben");
});
afterEach(() => rig.remove());

test("go with their account, and with no other of its name or another name", () => {
  hold("ben");
  // An edit that left her out is mended by writing her back.
  rig.now += KEEP_ABSENT_MS - 1;
  running.tick();
  expect(favourites.of(ann)).toEqual(WEB);
  rig.now += 1;
  running.tick();
  hold("ann", "ben");
  expect(favourites.of(ann)).toEqual([]);
  expect(favourites.of(annElsewhere)).toEqual(WEB);
  expect(favourites.of(ownerName({ kind: "account", name: "ben" }))).toEqual(WEB);
});

test("go with an account that comes back after a time in which nobody looked", () => {
  hold("ben");
  rig.now += KEEP_ABSENT_MS;
  rig.store.close();
  rig.store = openStore(rig.folder);
  start();
  hold("ann", "ben");
  expect(favourites.of(ann)).toEqual([]);
});

test("an account is known by the name of its owner, and nobody else is taken for one", () => {
  for (const name of ["ann", 'a"b', "a\\", '","', "ünï"])
    expect(accountOfOwner(ownerName({ kind: "account", name }))).toBe(name);
  for (const owner of [
    annElsewhere,
    "user:ann",
    "",
    ownerName({ kind: "account", issuer: "x", name: "ann" }),
  ])
    expect(accountOfOwner(owner)).toBeUndefined();
});
