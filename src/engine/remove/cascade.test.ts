import { describe, expect, test } from "bun:test";
import { application } from "../../../test/lib/core-objects.ts";
import { type Application, RESOURCES_FINALIZER } from "../../core/model/application.ts";
import { filled } from "../../lib/defined.ts";
import {
  type Cascade,
  cascadeOf,
  type Deleting,
  deleteAgain,
  editWhileDeleting,
  withCascade,
} from "./cascade.ts";

const app = (...finalizers: string[]): Application =>
  application({}, { name: "web", ...filled({ finalizers }) });
const deleting = (cascade: Cascade, asked: Deleting["asked"] = "by-person"): Deleting => ({
  app: withCascade(app(), cascade),
  since: "2026-11-27T20:00:00Z",
  cascade,
  asked,
});

describe("cascadeOf() and withCascade()", () => {
  test.each<[finalizers: string[], want: Cascade]>([
    [[], "none"],
    [["example.com/other"], "none"],
    [[RESOURCES_FINALIZER], "foreground"],
    [[`${RESOURCES_FINALIZER}/foreground`], "foreground"],
    [[`${RESOURCES_FINALIZER}/background`, "example.com/other"], "background"],
  ])("%p is %s", (finalizers, want) => expect(cascadeOf(app(...finalizers))).toBe(want));

  test.each<Cascade>(["none", "foreground", "background"])(
    "%s is said by the finalizer, and others stay",
    (cascade) => {
      const said = withCascade(app("example.com/other", RESOURCES_FINALIZER), cascade);
      expect(cascadeOf(said)).toBe(cascade);
      expect(said.metadata.finalizers).toContain("example.com/other");
      expect(withCascade(app(RESOURCES_FINALIZER), "none").metadata).not.toHaveProperty("finalizers");
    },
  );
});

describe("deleteAgain()", () => {
  test.each<{ before: Cascade; asked: Cascade; after: Cascade }>([
    { before: "foreground", asked: "none", after: "none" },
    { before: "foreground", asked: "background", after: "background" },
    { before: "none", asked: "foreground", after: "none" },
  ])("$before, asked for $asked, is $after, and a person's word", ({ before, asked, after }) => {
    const next = deleteAgain(deleting(before, "by-file"), { cascade: asked });
    expect([next.cascade, cascadeOf(next.app), next.asked, next.since]).toEqual([
      after,
      after,
      "by-person",
      "2026-11-27T20:00:00Z",
    ]);
  });
});

describe("editWhileDeleting()", () => {
  const annotated = (manifest: Application): Application => ({
    ...manifest,
    metadata: { ...manifest.metadata, annotations: { note: "yes" } },
  });

  test("takes annotations, and the deletion stays what it was", () => {
    const edited = editWhileDeleting(
      deleting("background", "by-file"),
      annotated(withCascade(app(), "background")),
    );
    expect(edited).toMatchObject({
      is: "edited",
      deleting: {
        cascade: "background",
        asked: "by-file",
        app: { metadata: { annotations: { note: "yes" } } },
      },
    });
  });

  test("without the finalizer lets go of the objects", () => {
    expect(editWhileDeleting(deleting("foreground"), app())).toMatchObject({
      is: "edited",
      deleting: { cascade: "none" },
    });
  });

  test("with a finalizer that was not there begins no deletion of objects", () => {
    expect(editWhileDeleting(deleting("none"), withCascade(app(), "foreground"))).toMatchObject({
      is: "edited",
      deleting: { cascade: "none" },
    });
  });

  test("takes no other spec", () => {
    const other = application({ project: "other" }, { name: "web", finalizers: [RESOURCES_FINALIZER] });
    expect(editWhileDeleting(deleting("foreground"), other)).toMatchObject({
      is: "refused",
      why: expect.stringContaining("only its annotations and finalizers can be changed"),
    });
  });
});
