/** Who is told what an application would make: who may make it and see it, for as long as that is so. */
import { describe, expect, test } from "bun:test";
import { AccessPolicy } from "../../src/core/access/access-policy.ts";
import { askerOf } from "../../src/core/access/asker.ts";
import { BUILTIN_POLICY } from "../../src/core/access/builtin-policy.ts";
import { parsePolicy } from "../../src/core/access/policy-text.ts";
import { type FakeControl, fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { startFakeApi } from "../lib/fake-api.ts";

const PATH = "/api/holdfast/v1/applications/preview";
const SEES_AND_MAKES = ["applications, create, default/*, allow", "applications, get, default/new, allow"];

async function asked(
  lines: readonly string[],
  name: string,
  prepare: (control: FakeControl, take: (lines: readonly string[]) => void) => void = () => undefined,
  { path = PATH, project = "default" }: { path?: string; project?: string } = {},
): Promise<{ status: number; text: string; calls: string[] }> {
  const control = fakeControl();
  control.put(fakeApp("argocd", "other"));
  let given = lines;
  prepare(control, (now) => {
    given = now;
  });
  const policy = () =>
    new AccessPolicy({
      lines: [
        ...BUILTIN_POLICY,
        ...parsePolicy(given.map((line) => `p, ann, ${line}`).join("\n"), "policy.csv").lines,
      ],
      ...{ projects: new Map(), matchMode: "glob" as const, defaultRole: undefined },
    });
  const asker = () => askerOf({ actor: "user:ann", subject: { name: "ann", groups: [] } }, policy);
  const api = startFakeApi(control, { who: () => ({ is: "known", by: "header", asker: asker() }) });
  try {
    const reply = await fetch(`${api.url}${path}`, {
      ...{ method: "POST", headers: { "content-type": "application/json" } },
      body: JSON.stringify({
        metadata: { name },
        spec: { ...fakeApp("argocd", "other").spec, project },
      }),
    });
    return { status: reply.status, text: await reply.text(), calls: control.calls };
  } finally {
    await api.stop();
  }
}

describe("a preview", () => {
  test("is for who may make it and see it; of whose an object is they learn what they may see", async () => {
    const told = await asked(SEES_AND_MAKES, "new");
    expect([told.status, told.calls]).toEqual([200, ["preview argocd/new"]]);
    expect(told.text).toContain("belongs to another application that you may not see:");
    const seeing = await asked([...SEES_AND_MAKES, "applications, get, default/other, allow"], "new");
    expect(seeing.text).toContain("belongs to application other:");
  });

  test.each([
    ["make it and not see it", ["applications, create, default/*, allow"], "applications, get"],
    ["see it and not make it", ["applications, get, default/*, allow"], "applications, create"],
  ])("is refused to who may %s, and nothing is asked", async (_, lines, why) => {
    const told = await asked(lines, "new");
    expect([told.status, told.calls]).toEqual([403, []]);
    expect(told.text).toContain(`permission denied: ${why}`);
  });

  test("of a name that is taken says so to who may change that one alone", async () => {
    const hidden = await asked([...SEES_AND_MAKES, "applications, get, default/other, allow"], "other");
    expect([hidden.status, hidden.calls]).toEqual([403, []]);
    const known = await asked(
      ["get", "create", "update"].map((action) => `applications, ${action}, default/*, allow`),
      "other",
    );
    expect(known.status).toBe(400);
    expect(known.text).toContain("argocd/other exists already");
  });

  test("that took long is not told to who may not have it any more", async () => {
    const told = await asked(SEES_AND_MAKES, "new", (control, take) => {
      const { preview } = control;
      control.preview = async (...asking) => {
        take([]);
        return preview(...asking);
      };
    });
    expect(told.status).toBe(403);
    expect(told.text).not.toContain("nginx");
  });
});

describe("a preview of an edit", () => {
  const path = "/api/holdfast/v1/applications/argocd/other/preview";
  const CHANGES = ["applications, update, default/other, allow", "applications, get, default/other, allow"];

  test("is for who may change it, and nobody else asks anything", async () => {
    const told = await asked(CHANGES, "other", undefined, { path });
    expect([told.status, told.calls[0]]).toEqual([200, "preview edit of argocd/other"]);
    const seeing = await asked(["applications, get, default/other, allow"], "other", undefined, { path });
    expect([seeing.status, seeing.calls]).toEqual([403, []]);
    const blind = await asked([], "other", undefined, { path });
    expect([blind.status, blind.calls]).toEqual([403, []]);
  });

  test("into another project is for who may make one there", async () => {
    const seesThere = [...CHANGES, "applications, get, secret/other, allow"];
    const told = await asked(seesThere, "other", undefined, { path, project: "secret" });
    expect([told.status, told.calls]).toEqual([403, []]);
    const makes = ["create", "update"].map((action) => `applications, ${action}, secret/other, allow`);
    const made = await asked([...seesThere, ...makes], "other", undefined, { path, project: "secret" });
    expect(made.status).toBe(200);
  });

  test("of another name than the path's is refused", async () => {
    const told = await asked(CHANGES, "mine", undefined, { path });
    expect([told.status, told.calls]).toEqual([400, []]);
    expect(told.text).toContain("name and namespace are fixed");
  });

  test("that took long is not told to who may not change it any more", async () => {
    const told = await asked(
      CHANGES,
      "other",
      (control, take) => {
        const { previewEdit } = control;
        control.previewEdit = async (...asking) => {
          take([]);
          return previewEdit.apply(control, asking);
        };
      },
      { path },
    );
    expect(told.status).toBe(403);
    expect(told.text).not.toContain("nginx");
  });
});
