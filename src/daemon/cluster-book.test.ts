import { expect, test } from "bun:test";
import { recordingLog } from "../../test/lib/recording-log.ts";
import type { ClusterFolder } from "../config/cluster-folder.ts";
import type { ClusterEntry } from "../core/model/cluster-entry.ts";
import { Secret } from "../core/model/secret.ts";
import { systemClock } from "../lib/system-clock.ts";
import { ClusterBook } from "./cluster-book.ts";

const SERVER = "https://kubernetes.default.svc";
const entry = (name: string, server = SERVER): ClusterEntry => ({
  name,
  server,
  credential: { by: "service-account" },
  tls: { check: "certificate" },
  scope: { is: "whole" },
  labels: {},
  annotations: {},
  kept: new Secret({ data: {}, config: {}, tls: {}, metadata: {} }),
});
const book = (): ClusterBook =>
  new ClusterBook({
    folder: { read: () => ({ found: [], problems: [] }) } as unknown as ClusterFolder,
    clock: systemClock,
    log: recordingLog(),
    store: { condition: () => ({ is: "sound" }), audit: () => undefined },
    programs: () => [],
    lookAt: () => Promise.reject(new Error("nobody asks")),
    renewToken: () => Promise.reject(new Error("nobody asks")),
  });
const names = (of: ClusterBook): string[] => of.all().map(({ entry: { name } }) => name);

test("a Secret that names the cluster around us stands through a reload, and the config's own entry comes back with it", () => {
  const subject = book();
  subject.configure([entry("in-cluster")]);
  expect(subject.inSecrets([{ secret: "Secret argocd/around", uid: "1", entry: entry("mgmt") }])).toBe(
    "changed",
  );
  expect(names(subject)).toEqual(["mgmt"]);
  subject.configure([entry("in-cluster"), entry("prod", "https://prod")]);
  expect(names(subject)).toEqual(["prod", "mgmt"]);
  // What somebody wrote is not passed over for a Secret without a word.
  expect(() => subject.configure([{ ...entry("own"), labels: { env: "own" } }])).toThrow(
    "its server https://kubernetes.default.svc is that of cluster mgmt",
  );
  expect(subject.inSecrets([])).toBe("changed");
});
