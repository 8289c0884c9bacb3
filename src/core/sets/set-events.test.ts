import { describe, expect, test } from "bun:test";
import type { ApplicationSet } from "../model/application-set.ts";
import type { SetCondition } from "../model/application-set-status.ts";
import { eventsOfConditions } from "./set-events.ts";

const SET = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "ApplicationSet",
  metadata: { name: "shops", namespace: "argocd" },
  spec: { generators: [], template: {} },
} as unknown as ApplicationSet;
const condition = (of: Partial<SetCondition>): SetCondition => ({
  type: "ResourcesUpToDate",
  status: "True",
  reason: "ApplicationSetUpToDate",
  message: "all is up to date",
  lastTransitionTime: "2026-01-01T00:00:00Z",
  ...of,
});

describe("eventsOfConditions()", () => {
  test("has an event for each condition, newest first, about the set", () => {
    const events = eventsOfConditions(SET, "u1", [
      condition({}),
      condition({
        type: "ErrorOccurred",
        reason: "RenderTemplateParamsError",
        message: "no such key",
        lastTransitionTime: "2026-01-02T00:00:00Z",
      }),
    ]);
    expect(events.map(({ reason, type, lastTimestamp }) => [reason, type, lastTimestamp] as unknown)).toEqual(
      [
        ["RenderTemplateParamsError", "Warning", "2026-01-02T00:00:00Z"],
        ["ApplicationSetUpToDate", "Normal", "2026-01-01T00:00:00Z"],
      ],
    );
    expect(events[0]).toMatchObject({
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: "shops.erroroccurred", namespace: "argocd" },
      involvedObject: { kind: "ApplicationSet", namespace: "argocd", name: "shops", uid: "u1" },
      message: "no such key",
    });
  });

  test.each<[SetCondition["type"], SetCondition["status"], string]>([
    ["ErrorOccurred", "True", "Warning"],
    ["ErrorOccurred", "False", "Normal"],
    ["InvalidRolloutConfig", "True", "Warning"],
    ["ParametersGenerated", "False", "Warning"],
    ["ParametersGenerated", "True", "Normal"],
    ["ResourcesUpToDate", "False", "Warning"],
    ["RolloutProgressing", "True", "Normal"],
    ["RolloutProgressing", "False", "Normal"],
  ])("%s %s is of type %s", (type, status, want) => {
    expect(
      eventsOfConditions(SET, "u1", [condition({ type, status })]).map((event) => event.type as string),
    ).toEqual([want]);
  });

  test("invents nothing where nothing was said, and no time where there is none", () => {
    expect(eventsOfConditions(SET, "u1", [])).toEqual([]);
    const { lastTransitionTime: _, ...timeless } = condition({});
    expect(eventsOfConditions(SET, "u1", [timeless])[0]).not.toContainKeys([
      "lastTimestamp",
      "firstTimestamp",
    ]);
  });
});
