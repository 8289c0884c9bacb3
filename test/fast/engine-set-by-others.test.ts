/** What of a difference others in the cluster set is told beside what Git wants, by whom as the server notes it. */
import { describe, expect, test } from "bun:test";
import type { Application } from "../../src/core/model/application.ts";
import { othersWords } from "../../src/core/model/set-by-others.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import { appOf, counted, type Repository, type Rig, sharedWorld, type World } from "../lib/engine-rig.ts";
import { configMap, configMapPath, deployment } from "../lib/manifests.ts";

let world: World;
const startRig = sharedWorld((one) => {
  world = one;
});

const PATCH = "application/merge-patch+json";
const web = (namespace: string): string => `/apis/apps/v1/namespaces/${namespace}/deployments/web`;
const isDrifted = ({ status }: Application): boolean =>
  status?.others !== undefined && (status.others.how === "setter" || status.others.deleted > 0);
/** Without times, which the clock makes. */
const said = ({ status }: Application): string =>
  status?.others === undefined ? "" : othersWords(status.others).replace(/\d{4}-[\d:TZ-]+/g, "T");

async function delivered(
  name: string,
  options: Parameters<typeof startRig>[0] = {},
): Promise<{ rig: Rig; repository: Repository }> {
  await world.makeNamespace(name);
  const repository = await world.repository(name, {
    "web.yaml": deployment({ namespace: name, name: "web", replicas: 2 }),
    "a.yaml": configMap(name, "a", { one: "1", two: "2" }),
  });
  const rig = await startRig(options);
  rig.place(appOf({ name, repository, spec: { syncPolicy: {} } }));
  await rig.until(name, ({ status }) => status?.sync.status === "OutOfSync");
  await rig.sync(name);
  await rig.untilSettled(name);
  return { rig, repository };
}

describe("what others set", () => {
  test("is told with its field and its setter, and not once it is as Git wants it", async () => {
    const { rig } = await delivered("scaled");
    await world.must("PATCH", `${web("scaled")}?fieldManager=kubectl`, { spec: { replicas: 6 } }, PATCH);
    const app = await rig.until("scaled", isDrifted);
    expect(said(app)).toBe("spec.replicas set by kubectl at T");
    expect(app.status?.others).toMatchObject({
      ...{ objects: 1, fields: 1, deleted: 0, rest: "none", how: "setter", at: { is: "set" } },
      by: [{ manager: "kubectl", subresource: "" }],
    });
    await world.must("PATCH", `${web("scaled")}?fieldManager=kubectl`, { spec: { replicas: 2 } }, PATCH);
    const healed = await rig.until("scaled", ({ status }) => status?.sync.status === "Synced");
    expect(healed.status?.others).toBeUndefined();
  });

  test("is counted beyond one field, of all objects and setters", async () => {
    const { rig } = await delivered("several");
    const edited = { data: { one: "x", two: "y" } };
    await world.must("PATCH", `${configMapPath("several", "a")}?fieldManager=kubectl-edit`, edited, PATCH);
    await world.must(
      "PATCH",
      `${web("several")}?fieldManager=kubectl-patch`,
      { spec: { replicas: 6 } },
      PATCH,
    );
    const app = await rig.until("several", ({ status }) => status?.others?.objects === 2);
    const words = said(app);
    expect(words).toMatch(
      /^3 fields of 2 objects set by (kubectl-edit and kubectl-patch|kubectl-patch and kubectl-edit), last at T$/,
    );
  });

  test("is told apart from what Git changed", async () => {
    const { rig, repository } = await delivered("both");
    await world.must("PATCH", `${web("both")}?fieldManager=kubectl`, { spec: { replicas: 6 } }, PATCH);
    await rig.until("both", isDrifted);
    // Of another object, then of another field of the same one.
    await repository.commit({ "a.yaml": configMap("both", "a", { one: "9", two: "2" }) });
    await rig.refresh("both");
    const words = "spec.replicas set by kubectl at T; the rest comes from Git";
    expect(said(await rig.until("both", ({ status }) => status?.others?.rest === "of-git"))).toBe(words);
    const image = "registry.example.com/web:2";
    await repository.commit({
      "a.yaml": configMap("both", "a", { one: "1", two: "2" }),
      "web.yaml": deployment({ namespace: "both", name: "web", replicas: 2, image }),
    });
    await rig.refresh("both");
    const app = await rig.until("both", ({ status }) =>
      status?.resources?.some(({ kind, status: is }) => kind === "ConfigMap" && is === "Synced"),
    );
    expect(said(app)).toBe(words);
  });

  test("is nothing where Git alone changed, and no owner is asked for", async () => {
    const { rig, repository } = await delivered("git");
    const before = rig.requests.length;
    await repository.commit({ "a.yaml": configMap("git", "a", { one: "9", two: "2" }) });
    await rig.refresh("git");
    const app = await rig.until("git", ({ status }) => status?.sync.status === "OutOfSync");
    expect(app.status?.others).toBeUndefined();
    expect(counted(rig.requests.slice(before))["get"]).toBeUndefined();
  });

  test("of an autoscaler is no person's, and of our own action ours", async () => {
    const { rig } = await delivered("scaler");
    await world.must(
      "PATCH",
      `${web("scaler")}/scale?fieldManager=kube-controller-manager`,
      { spec: { replicas: 5 } },
      PATCH,
    );
    const app = await rig.until("scaler", isDrifted);
    expect(said(app)).toMatch(
      /^spec\.replicas set by autoscaling \(kube-controller-manager\)(,)? (seen )?at T$/,
    );
    await world.must(
      "PATCH",
      `${web("scaler")}?fieldManager=holdfast-action`,
      { spec: { replicas: 7 } },
      PATCH,
    );
    const acted = await rig.until(
      "scaler",
      ({ status }) => status?.others?.by[0]?.manager === "holdfast-action",
    );
    expect(said(acted)).toBe("spec.replicas set by an action of Holdfast at T");
  });

  test("of a deletion is that it is gone", async () => {
    const { rig } = await delivered("gone");
    await world.must("DELETE", configMapPath("gone", "a"));
    const app = await rig.until("gone", isDrifted);
    expect(said(app)).toBe("1 deleted in the cluster, seen at T");
    rig.clock.advance(60_000);
    expect((await rig.refresh("gone")).status?.others).toEqual(app.status?.others);
  });

  test("is still known after a restart, without a question", async () => {
    const store = memoryStore();
    const { rig } = await delivered("again", { store });
    await world.must(
      "PATCH",
      `${configMapPath("again", "a")}?fieldManager=kubectl`,
      { data: { one: "x" } },
      PATCH,
    );
    const before = await rig.until("again", isDrifted);
    await rig.stop();
    const next = await startRig({ store });
    next.place(rig.app("again"));
    await next.until("again", ({ status }) => status?.sync.status === "OutOfSync");
    const app = await next.refresh("again");
    expect(app.status?.others).toEqual(before.status?.others);
    expect(counted(next.requests)["patch"]).toBeUndefined();
  });
});
