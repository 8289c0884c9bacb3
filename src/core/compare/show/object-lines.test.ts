import { describe, expect, test } from "bun:test";
import type { KubeObject } from "../../model/kube-object.ts";
import { objectLines } from "./object-lines.ts";

const holding = (text: string): KubeObject => ({
  ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "long" }, data: { text } },
});

describe("objectLines()", () => {
  // A megabyte of line ends is a million lines, and comparing them took the daemon 20 seconds.
  test("a text of very many lines is too large, however few characters it has", () => {
    const many = holding("a\n".repeat(200_000));
    expect(objectLines(undefined, many, [])).toEqual({ is: "too-large" });
    expect(objectLines(many, holding("b"), [])).toEqual({ is: "too-large" });
  });

  test("one of many characters in few lines is not", () => {
    expect(objectLines(undefined, holding("a".repeat(1_000_000)), []).is).toBe("lines");
    expect(objectLines(undefined, holding("a\n".repeat(50_000)), []).is).toBe("lines");
  });
});
