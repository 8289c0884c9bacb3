import { describe, expect, test } from "bun:test";
import { fakeControl } from "../../../test/fakes/fake-control.ts";
import { fakeSets, shopsSet } from "../../../test/fakes/fake-sets.ts";
import { app } from "../../../test/lib/api-world.ts";
import { Asker, almighty } from "../../core/access/asker.ts";
import { type AppKey, type Application, keyOfApp } from "../../core/model/application.ts";
import { keyOfSet } from "../../core/model/application-set.ts";
import { Failure } from "../../core/model/failure.ts";
import type { AppEvent, Control } from "../../engine/control.ts";
import type { SetEvent, ShownSet } from "../../sets/control.ts";
import { authorised } from "./authorised.ts";

const [mine, theirs] = [app("a"), app("b")];
const [own, other] = [keyOfApp(mine), keyOfApp(theirs)];
const ABSENT_KEY = "argocd/not-there" as AppKey;
/** Sees and may everything of the first team's, and every project. */
const ann = new Asker("user:ann", "ann", ({ resource, object }) =>
  resource === "projects" || object.startsWith(`${mine.spec.project}/`)
    ? { is: "allowed", because: "nothing" }
    : { is: "denied", because: "nothing" },
);
const chief = almighty("user:chief");

const why = `${own}, ${other}, ${ABSENT_KEY} and 5 more read it (${other}); see https://git.example.com/${other}.`;
const unseen = "another application that you may not see";
const veiledWhy = `${own}, ${unseen}, ${ABSENT_KEY} and 5 more read it (${unseen}); see https://git.example.com/${other}.`;

function guarded(over: Partial<Control>) {
  const known = new Map([mine, theirs].map((one) => [keyOfApp(one), one]));
  const control: Control = {
    ...fakeControl(),
    applications: () => [...known.values()],
    application: (key) => known.get(key),
    ...over,
  };
  return authorised({ control, sets: undefined, clusters: undefined, homeNamespace: "argocd" }).control;
}

describe("what is refused", () => {
  const conflict = { is: "conflict", why } as const;
  const held = {
    is: "held",
    object: `Application ${other}`,
    cannot: "sync",
    why,
    fix: `Ask ${other}`,
  } as const;

  test.each<[string, Partial<Control>, (of: ReturnType<typeof guarded>, who: Asker) => Promise<unknown>]>([
    [
      "a revert whose files others read",
      { revert: async () => conflict },
      (of, who) => of.revert(who, own, { deployment: 1, actor: "", shared: "refuse" } as never),
    ],
    [
      "a project that others are in",
      { deleteProject: async () => conflict },
      (of, who) => of.deleteProject(who, mine.spec.project, ""),
    ],
    [
      "an application that another one renders",
      { remove: async () => conflict },
      (of, who) => of.remove(who, own, { actor: "" } as never),
    ],
  ])("%s: others are named to whoever may see all, and to nobody else", async (_, over, ask) => {
    expect(await ask(guarded(over), chief)).toEqual(conflict);
    expect(await ask(guarded(over), ann)).toEqual({ is: "conflict", why: veiledWhy });
  });

  test("every sentence of it, a parent's name, and what is thrown", async () => {
    const sync = (over: Partial<Control>, who: Asker) => guarded(over).sync(who, own, {} as never);
    expect(await sync({ sync: async () => held }, ann)).toEqual({
      ...held,
      ...{ object: unseen, why: veiledWhy, fix: `Ask ${unseen}` },
    });
    expect(await sync({ sync: async () => ({ is: "managed-by-parent", parent: other }) }, ann)).toEqual({
      is: "managed-by-parent",
      parent: undefined,
    });
    const failing = {
      sync: async () => {
        throw new Failure("conflict", `Application ${other}`, "after-edit", { cannot: "sync", why });
      },
    };
    const caught = await sync(failing, ann).catch((cause: unknown) => cause);
    expect(caught).toBeInstanceOf(Failure);
    expect(caught).toMatchObject({ code: "conflict", object: unseen, why: veiledWhy });
  });

  test("what is no sentence stays as it is, and the very same where nothing is hidden", async () => {
    const plan = {
      deployment: { id: 1 },
      manifest: { data: { name: other } },
      notes: [{ text: `${other}` }],
    };
    const found = { is: "found", value: plan } as never;
    const over = { rollbackPlan: async () => found };
    expect(await guarded(over).rollbackPlan(ann, own, 1)).toEqual({
      is: "found",
      value: { ...plan, notes: [{ text: unseen }] },
    } as never);
    expect(await guarded(over).rollbackPlan(chief, own, 1)).toBe(found);
  });
});

describe("what a text of somebody else's is made of", () => {
  const said = async (text: string) => {
    const of = guarded({ revert: async () => ({ is: "conflict", why: text }) });
    const answer = await of.revert(ann, own, { deployment: 1, actor: "", shared: "refuse" } as never);
    return (answer as { why: string }).why;
  };

  test.each([
    ["letters", "a".repeat(400_000)],
    ["dots and dashes", "-.".repeat(200_000)],
    ["letters and dots", "a.".repeat(200_000)],
    ["letters that end in a slash", `${"a".repeat(400_000)}/`],
    ["a name that is none, it is so long", `argocd/${"a".repeat(400_000)}`],
    ["slashes", "a/".repeat(200_000)],
  ])("%s: a long one is answered as it is, with what it hides veiled", async (_, text) => {
    expect(await said(`${text} ${other}`)).toBe(`${text} ${unseen}`);
  });

  test.each([
    [`${other}.`, `${unseen}.`],
    [`${other}...`, `${unseen}...`],
    [`${other}-`, `${unseen}-`],
    [`--${other}, -${own}`, `--${unseen}, -${own}`],
    [`"${other}"`, `"${unseen}"`],
    [`x${other}`, `x${other}`],
    [`${own}. ${other}-x`, `${own}. ${other}-x`],
  ])("%s becomes %s", async (text, shown) => {
    expect(await said(text)).toBe(shown);
  });

  test("an application's annotations are its own, whatever they are called", async () => {
    const annotations = { text: other, message: other, why: "a".repeat(400_000) };
    const app = { ...mine, metadata: { ...mine.metadata, annotations } };
    const of = guarded({ create: async () => ({ is: "written", app }) as never });
    const written = await of.create(ann, app, { upsert: false, actor: "" });
    expect((written as unknown as { app: unknown }).app).toBe(app);
  });
});

test("what a set may not do names nobody either", async () => {
  const known = new Map([mine, theirs].map((one) => [keyOfApp(one), one]));
  const control = { ...fakeControl(), application: (key: AppKey) => known.get(key) };
  const made = shopsSet(["eu"]);
  const shown = { set: made, status: {}, applications: [], blocked: [] } as unknown as ShownSet;
  const { sets } = authorised({
    control,
    sets: {
      ...fakeSets(control),
      set: () => shown,
      remove: async () => ({ is: "conflict", why }),
    },
    clusters: undefined,
    homeNamespace: "argocd",
  });
  if (sets === undefined) throw new Error("there are none");
  const seesSets = new Asker("user:eve", "eve", ({ resource }) =>
    resource === "applicationsets"
      ? { is: "allowed", because: "nothing" }
      : { is: "denied", because: "nothing" },
  );
  expect(await sets.remove(seesSets, keyOfSet(made), "")).toMatchObject({
    why: why.replaceAll(/(?<!com\/)(?:argocd\/app-a|argocd\/app-b)/g, unseen),
  });
});

test("a set's conditions, what it says of its name, and what becomes of it name nobody either", async () => {
  const known = new Map([mine, theirs].map((one) => [keyOfApp(one), one]));
  const control = { ...fakeControl(), application: (key: AppKey) => known.get(key) };
  const made = shopsSet(["eu"]);
  const status = { conditions: [{ type: "ErrorOccurred", message: `application ${other} renders one` }] };
  const shown = { set: made, status, applications: [], blocked: [], clash: why } as unknown as ShownSet;
  let tell: (event: SetEvent) => void = () => undefined;
  const { sets } = authorised({
    control,
    sets: {
      ...fakeSets(control),
      ...{ set: () => shown, sets: () => [shown] },
      onEvent(listener) {
        tell = listener;
        return () => undefined;
      },
    },
    clusters: undefined,
    homeNamespace: "argocd",
  });
  if (sets === undefined) throw new Error("there are none");
  const seesSets = new Asker("user:eve", "eve", ({ resource, object }) =>
    resource === "applicationsets" || object.startsWith(`${mine.spec.project}/`)
      ? { is: "allowed", because: "nothing" }
      : { is: "denied", because: "nothing" },
  );
  const told = { conditions: [{ type: "ErrorOccurred", message: `${unseen} renders one` }] };
  const expected = { set: made, status: told, clash: veiledWhy };
  expect(sets.set(seesSets, keyOfSet(made))).toMatchObject(expected as never);
  expect(sets.sets(seesSets)).toMatchObject([expected] as never);
  expect(sets.set(chief, keyOfSet(made))).toBe(shown);
  const events: SetEvent[] = [];
  const following = sets.onEvent(
    seesSets,
    (event) => void events.push(event),
    () => undefined,
  );
  tell({ type: "MODIFIED", shown });
  following.stop();
  expect(events).toMatchObject([{ shown: expected }] as never);
});

describe("an application whose status names another", () => {
  const message = `ConfigMap x/a belongs to application ${theirs.metadata.name}; it is left`;
  const sharing = {
    ...mine,
    status: { conditions: [{ type: "SharedResourceWarning", message }] },
  } as Application;
  const of = guarded({ application: (key) => (key === own ? sharing : key === other ? theirs : undefined) });

  test("is told once and the same to all from whom the same is hidden, and as it is to whoever may see all", () => {
    const told = of.application(ann, own);
    expect(told?.status?.conditions?.[0]?.message).toBe(`ConfigMap x/a belongs to ${unseen}; it is left`);
    expect(of.application(ann, own)).toBe(told as Application);
    expect(of.application(chief, own)).toBe(sharing);
  });

  test("is told so to who follows, also where it waited meanwhile", () => {
    let tell: (event: AppEvent) => void = () => undefined;
    const heard = (listener: typeof tell) => {
      tell = listener;
      return () => undefined;
    };
    const events: AppEvent[] = [];
    const application: Control["application"] = (key) =>
      key === own ? sharing : key === other ? theirs : undefined;
    const following = guarded({ application, onEvent: heard }).onEvent(
      ann,
      (event) => void events.push(event),
      () => undefined,
    );
    const event: AppEvent = { type: "MODIFIED", app: sharing };
    tell(event);
    expect(JSON.stringify([events, following.told(event)])).not.toContain(theirs.metadata.name);
    following.stop();
  });

  test("that is gone by now is named to nobody who may not see all, and a parent neither", () => {
    const gone = guarded({
      application: (key) => (key === own ? sharing : undefined),
      origin: () => ({ from: "parent", parent: other }),
    });
    expect(JSON.stringify(gone.application(ann, own))).not.toContain(theirs.metadata.name);
    const child = guarded({ origin: () => ({ from: "parent", parent: other }) });
    expect(child.origin(ann, own)).toEqual({ from: "parent", parent: undefined } as never);
    expect(child.origin(chief, own)).toEqual({ from: "parent", parent: other });
  });
});
