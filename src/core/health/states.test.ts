/** Every line of test/golden/health/states.txt: what a kind's status says is what its health says. */

import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { defined } from "../../lib/defined.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { healthOf } from "./health-of.ts";

const text = await Bun.file(join(import.meta.dir, "../../../test/golden/health/states.txt")).text();
const json = (part: string): Record<string, unknown> | undefined =>
  part === "" ? undefined : (JSON.parse(part) as Record<string, unknown>);
const states = text
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => {
    const [name = "", metadata = "", spec = "", status = "", want = ""] = line
      .split(" | ")
      .map((part) => part.trim());
    const [apiVersion = "", kind = ""] = name.split(" ");
    const [specOf, statusOf] = [json(spec), json(status)];
    const object: KubeObject = {
      apiVersion,
      kind,
      metadata: { name: "it", ...json(metadata) },
      ...defined({ spec: specOf, status: statusOf }),
    };
    return { line, object, want };
  });

describe("healthOf() of a state that its API documents", () => {
  test.each(states)("$line", ({ object, want }) => {
    const { health, because } = healthOf(object);
    expect({ status: health?.status ?? "none", because }).toEqual({ status: want, because });
  });
});
