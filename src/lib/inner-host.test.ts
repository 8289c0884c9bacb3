import { expect, test } from "bun:test";
import { isInnerHost } from "./inner-host.ts";

test.each([
  "localhost",
  "LOCALHOST.",
  "git",
  "git.corp",
  "minio.storage.svc",
  "kubernetes.default.svc.cluster.local",
  "metadata.google.internal",
  "127.0.0.1",
  "10.1.2.3",
  "172.16.0.1",
  "192.168.1.1",
  "169.254.169.254",
  "100.64.0.1",
  "0.0.0.0",
  "255.255.255.255",
  "127.1",
  "0x7f.1",
  "2130706433",
  "[::1]",
  "[fe80::1]",
  "[fd00::1]",
  "[::ffff:169.254.169.254]",
  "[64:ff9b::a9fe:a9fe]",
  "[2002:7f00:1::]",
])("isInnerHost(%p)", (host) => expect(isInnerHost(host)).toBe(true));

test.each(["github.com", "git.example.com", "8.8.8.8", "172.32.0.1", "[2606:4700::1]", "local.example.com"])(
  "isInnerHost(%p) is false",
  (host) => expect(isInnerHost(host)).toBe(false),
);
