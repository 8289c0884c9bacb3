import { expect, test } from "bun:test";
import { readBuildOptions } from "./build-options.ts";

test.each([
  ["", []],
  ["--enable-helm --reorder none --enable-helm=true", ["--reorder", "none"]],
  ["--load-restrictor LoadRestrictionsNone", ["--load-restrictor", "LoadRestrictionsNone"]],
  ["--load-restrictor=LoadRestrictionsNone", ["--load-restrictor", "LoadRestrictionsNone"]],
  [
    "  --load_restrictor   none\n--reorder=none ",
    ["--load-restrictor", "LoadRestrictionsNone", "--reorder", "none"],
  ],
] as const)("%p is taken", (text, words) => {
  expect(readBuildOptions(text)).toEqual({ ok: true, words: [...words] });
});

test.each([
  ["--enable-helm=false", "--enable-helm is not taken: charts in kustomizations are always rendered"],
  [
    "--enable-helm --helm-command /usr/bin/helm3",
    "--helm-command is not taken: which Helm it is render.helm",
  ],
  [
    "--enable-alpha-plugins --enable-exec",
    "--enable-alpha-plugins is not taken: it lets a repository run programs",
  ],
  ["--reorder none --network", "--network is not taken: it lets a repository reach the network"],
  ["--env=SECRET", "--env is not taken"],
  ["-o /etc/passwd", "-o is not taken"],
  ["/somewhere/else", "/somewhere/else is not taken: it is none that is known to be harmless"],
  ["--load-restrictor", "--load-restrictor cannot be nothing"],
  ["--load-restrictor=LoadRestrictionsNone=x", "--load-restrictor cannot be LoadRestrictionsNone=x"],
  ["--reorder none LoadRestrictionsNone", "LoadRestrictionsNone is not taken"],
])("%p is refused, with what to do", (text, says) => {
  const read = readBuildOptions(text);
  expect(read.ok ? "" : read.text).toContain(says);
  expect(read.ok ? "" : read.fix).not.toBe("");
});
