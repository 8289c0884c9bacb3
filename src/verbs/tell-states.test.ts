import { describe, expect, test } from "bun:test";
import type { Application } from "../core/model/application.ts";
import { tellStates } from "./tell-states.ts";

const app = (name: string, status: object): Application => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: { name, namespace: "argocd" },
  spec: { project: "default", destination: {} },
  status: status as Application["status"] & object,
});
const settled = { sync: { status: "Synced" }, health: { status: "Healthy" } };

describe("tellStates()", () => {
  const told = (...apps: Application[]): string[] => {
    const lines: string[] = [];
    const tell = tellStates(2, (line) => void lines.push(line));
    apps.forEach(tell);
    return lines;
  };

  test("says nothing of an application that nobody has looked at", () => {
    expect(told(app("a", {}))).toEqual([]);
  });
  test("says a state once, with the reason of its health", () => {
    const status = { sync: { status: "Synced" }, health: { status: "Degraded", message: "Pod a waits" } };
    expect(told(app("a", status), app("a", status))).toEqual([
      "  a          Synced     Degraded     Pod a waits",
    ]);
  });
  test("names what differs, and counts the rest", () => {
    const resources = ["a", "b", "c", "d"].map((name) => ({ kind: "Secret", name, status: "OutOfSync" }));
    expect(
      told(app("a", { sync: { status: "OutOfSync" }, health: { status: "Healthy" }, resources })),
    ).toEqual([
      "  a          OutOfSync  Healthy      not as in Git: Secret a, Secret b, Secret c and 1 more",
    ]);
  });
  test("does not speak for applications that stand beside them", () => {
    const said: string[] = [];
    const tell = tellStates(1, (line) => void said.push(line), "others");
    tell(app("a", settled));
    expect(said.at(-1)).toContain("These 1 are Synced and Healthy. The page shows their neighbours too");
    expect(said.join()).not.toContain("All of them");
  });
  test("says once that all of them are settled", () => {
    const all = told(
      app("a", settled),
      app("b", settled),
      app("a", { ...settled, sync: { status: "OutOfSync" } }),
      app("a", settled),
    );
    expect(all.filter((line) => line.includes("All of them are Synced and Healthy"))).toHaveLength(1);
    expect(all[2]).toContain("All of them");
  });
});
