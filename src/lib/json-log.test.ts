import { expect, test } from "bun:test";
import { jsonLog } from "./json-log.ts";

test("a line says when, how grave and what, whatever its fields are called", () => {
  const lines: string[] = [];
  const log = jsonLog(
    () => "info",
    (line) => lines.push(line),
  ).with({ app: "shop" });
  log.debug("is dropped");
  log.info("tools are shut in", { level: "mounts", message: "another", why: "x" });
  expect(lines).toHaveLength(1);
  const { at, ...line } = JSON.parse(lines[0] ?? "");
  expect(line).toEqual({ level: "info", message: "tools are shut in", app: "shop", why: "x" });
  expect(Date.parse(at)).toBeGreaterThan(0);
});

test("a line says no password of an address, wherever in it the address stands", () => {
  const lines: string[] = [];
  jsonLog(
    () => "info",
    (line) => lines.push(line),
  ).info("cannot ask https://ci:hunter2@git/a", {
    repository: "https://ci:hunter2@git/a",
    why: new Error("https://ci:hunter2@git/a").message,
    all: { deep: ['"https://ci:hunter2@git/a"'] },
  });
  expect(lines.join()).not.toContain("hunter2");
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    repository: "https://git/a",
    all: { deep: ['"https://git/a"'] },
  });
});
