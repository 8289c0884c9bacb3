import { describe, expect, test } from "bun:test";
import type { Application } from "../../core/model/application.ts";
import { createTerminal } from "../terminal/terminal.ts";
import { app, sync } from "../words/testdata/shown-app.ts";
import { appTable } from "./app-list.ts";

const screen = (columns: number) =>
  createTerminal(
    { isTTY: true, columns, rows: 40, write: () => undefined },
    { LANG: "C.UTF-8", NO_COLOR: "1" },
    "auto",
  );
const named = (name: string, namespace: string, one: Application): Application => ({
  ...one,
  metadata: { ...one.metadata, name, namespace },
});
const refused = app({
  sync: sync("OutOfSync"),
  health: { status: "Missing" },
  conditions: [
    {
      type: "SyncError",
      message: `The last sync to ${"d".repeat(40)} failed: nothing was written, because the API server refuses Service import/import (import/import.yaml:30): spec.ports[0].port: Invalid value: 80800: must be between 1 and 65535, inclusive. It is tried again at 2026-11-30T19:54:14Z, or at the next commit.`,
    },
  ],
});
const options = { headers: true, sort: "name" } as const;
const lines = (columns: number, ...apps: Application[]): string[] => {
  const shown = appTable(screen(columns), apps, options, Date.parse("2026-11-30T19:54:00Z"));
  expect(shown.every((line) => Bun.stringWidth(line) <= columns)).toBe(true);
  return shown;
};

describe("appTable() on a narrow terminal", () => {
  const apps = [named("import", "argocd", refused), named("paper-production", "argocd", app())];

  test("has room for the cause: the namespace that all have, projects and ages give way", () => {
    for (const columns of [80, 96, 110]) {
      const [head = "", first = ""] = lines(columns, ...apps);
      expect(head).toMatch(/^ {2}NAME +SYNC +HEALTH /);
      expect(first).toMatch(/^ {2}import +↑ OutOfSync +◌ Missing +.*port 80800 invalid: must be/);
    }
  });

  test("names the namespaces where they are not one, and leaves nothing out where there is room", () => {
    const elsewhere = [...apps, named("import", "team", app())];
    expect(lines(80, ...elsewhere).join("\n")).toContain("team/import");
    const [head = "", first = ""] = lines(300, ...apps);
    expect(head).toMatch(/NAME +PROJECT +SYNC +HEALTH +REVISION +AGE +WHY/);
    expect(first).toContain("argocd/import");
    expect(first).toEndWith(
      "(Service import/import, import/import.yaml:30). It is tried again in 14 s, or at the next commit.",
    );
  });
});
