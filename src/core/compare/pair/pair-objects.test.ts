import { describe, expect, test } from "bun:test";
import { desiredObject, liveObject, recordOf, type Sketch } from "../../../../test/lib/core-objects.ts";
import { defined } from "../../../lib/defined.ts";
import type { DesiredObject } from "../../model/desired-object.ts";
import type { LiveObject } from "../../model/live-object.ts";
import type { RefKey } from "../../model/object-ref.ts";
import { owningApp } from "./owning-app.ts";
import { definedKind, type LiveAnswer, pairObjects, sharedResource } from "./pair-objects.ts";

const us = { app: "shop", installationId: undefined };
const widget: Sketch = { apiVersion: "example.com/v1", kind: "Widget", name: "w" };
const crd: Sketch = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  name: "widgets.example.com",
  namespace: "",
  fields: { spec: { group: "example.com", names: { kind: "Widget" } } },
};

interface World {
  desired?: DesiredObject[];
  tracked?: LiveObject[];
  answer?: (desired: DesiredObject) => LiveAnswer;
  recorded?: LiveObject[];
  installationId?: string;
  syncOptions?: string[];
  letGo?: ReadonlySet<RefKey>;
  unplaced?: ReadonlySet<string>;
}
const words = ({
  desired = [],
  tracked = [],
  answer = () => ({ is: "absent" }),
  recorded = [],
  installationId,
  syncOptions,
  letGo,
  unplaced,
}: World): string[] =>
  pairObjects({
    desired,
    tracked,
    liveOf: answer,
    records: new Map(recorded.map((live) => [live.key, recordOf(live)])),
    us: { app: "shop", installationId },
    ...defined({ syncOptions, letGo, unplaced }),
  }).map((pair) =>
    [
      pair.is,
      pair.key,
      ...("owner" in pair ? [pair.owner] : []),
      ...("recorded" in pair ? [pair.recorded ? "recorded" : "unrecorded"] : []),
      ...("why" in pair ? [pair.why] : []),
    ].join(" "),
  );

const found = (live: LiveObject) => (): LiveAnswer => ({ is: "found", live });
const want = desiredObject();

const UNKNOWN_WIDGET =
  "unknown example.com/Widget/default/w the cluster does not know the kind example.com/v1 Widget. If its definition comes during this sync, set the option SkipDryRunOnMissingResource=true on the object";

describe("pairObjects()", () => {
  const cases: { name: string; world: World; want: string[] }[] = [
    {
      name: "wanted and there",
      world: { desired: [want], answer: found(liveObject()) },
      want: ["both /ConfigMap/default/settings"],
    },
    {
      name: "wanted and there, tracked by nobody: to be adopted",
      world: { desired: [want], answer: found(liveObject({}, { tracking: undefined })) },
      want: ["both /ConfigMap/default/settings"],
    },
    { name: "wanted and absent", world: { desired: [want] }, want: ["missing /ConfigMap/default/settings"] },
    {
      name: "wanted, and the look-up failed: unknown, never missing",
      world: { desired: [want], answer: () => ({ is: "unknown", why: "no answer" }) },
      want: ["unknown /ConfigMap/default/settings no answer"],
    },
    {
      name: "of a kind that the cluster does not know",
      world: { desired: [desiredObject(widget)], answer: () => ({ is: "no-such-kind" }) },
      want: [UNKNOWN_WIDGET],
    },
    {
      name: "of a kind whose definition comes with it",
      world: {
        desired: [desiredObject(widget), desiredObject(crd)],
        answer: (one) => (one.ref.kind === "Widget" ? { is: "no-such-kind" } : { is: "absent" }),
      },
      want: [
        "missing example.com/Widget/default/w",
        "missing apiextensions.k8s.io/CustomResourceDefinition//widgets.example.com",
      ],
    },
    {
      name: "of an unknown kind, marked SkipDryRunOnMissingResource",
      world: {
        desired: [
          desiredObject({
            ...widget,
            annotations: { "argocd.argoproj.io/sync-options": "SkipDryRunOnMissingResource=true" },
          }),
        ],
        answer: () => ({ is: "no-such-kind" }),
      },
      want: ["missing example.com/Widget/default/w"],
    },
    {
      name: "of an unknown kind, in an application with that option",
      world: {
        desired: [desiredObject(widget)],
        answer: () => ({ is: "no-such-kind" }),
        syncOptions: ["SkipDryRunOnMissingResource=true"],
      },
      want: ["missing example.com/Widget/default/w"],
    },
    {
      name: "tracked by another application",
      world: {
        desired: [want],
        answer: found(liveObject({}, { tracking: { app: "other", ref: want.ref } })),
      },
      want: ["foreign /ConfigMap/default/settings application other"],
    },
    {
      name: "tracked by another application that has let go of it: taken over",
      world: {
        desired: [want],
        answer: found(liveObject({}, { tracking: { app: "other", ref: want.ref } })),
        letGo: new Set([want.key]),
      },
      want: ["both /ConfigMap/default/settings"],
    },
    {
      name: "ours in another place while its kind is not known: it may be the one that is wanted",
      world: {
        desired: [desiredObject(widget)],
        answer: () => ({ is: "no-such-kind" }),
        tracked: [liveObject({ ...widget, namespace: "" })],
        unplaced: new Set(["example.com/v1 Widget"]),
      },
      want: [UNKNOWN_WIDGET],
    },
    {
      name: "with a tracking id that was copied from another object: claims nothing",
      world: {
        desired: [want],
        answer: found(liveObject({}, { tracking: { app: "other", ref: { ...want.ref, name: "parent" } } })),
      },
      want: ["both /ConfigMap/default/settings"],
    },
    {
      name: "of another installation",
      world: { desired: [want], answer: found(liveObject({}, { installationId: "b" })), installationId: "a" },
      want: ["foreign /ConfigMap/default/settings application shop of installation b"],
    },
    {
      name: "of an installation, when we have no id",
      world: { desired: [want], answer: found(liveObject({}, { installationId: "b" })) },
      want: ["foreign /ConfigMap/default/settings application shop of installation b"],
    },
    {
      name: "from before we had an id",
      world: { desired: [want], answer: found(liveObject()), installationId: "a" },
      want: ["both /ConfigMap/default/settings"],
    },
    {
      name: "hooks and ignored objects are not paired",
      world: {
        desired: [
          desiredObject({}, { role: { is: "hook", types: ["PreSync"], deletePolicies: [] } }),
          desiredObject({ name: "b" }, { role: { is: "ignored", because: "" } }),
        ],
      },
      want: [],
    },
    {
      name: "tracked, recorded and not wanted",
      world: { tracked: [liveObject()], recorded: [liveObject()] },
      want: ["extra /ConfigMap/default/settings recorded"],
    },
    {
      name: "tracked and not wanted, with another uid than recorded",
      world: { tracked: [liveObject({}, { uid: "new" })], recorded: [liveObject()] },
      want: ["extra /ConfigMap/default/settings unrecorded"],
    },
    {
      name: "an intent is no record",
      world: { tracked: [liveObject({}, { uid: "" })], recorded: [liveObject({}, { uid: "" })] },
      want: ["extra /ConfigMap/default/settings unrecorded"],
    },
    {
      name: "tracked, made by a controller",
      world: {
        tracked: [
          liveObject({
            metadata: {
              ownerReferences: [{ apiVersion: "v1", kind: "X", name: "x", uid: "x", controller: true }],
            },
          }),
        ],
      },
      want: [],
    },
    {
      name: "tracked, with a copied id",
      world: {
        tracked: [liveObject({}, { tracking: { app: "shop", ref: { ...want.ref, kind: "Secret" } } })],
      },
      want: [],
    },
    {
      name: "tracked, a hook's object",
      world: {
        tracked: [
          liveObject({ annotations: { "argocd.argoproj.io/hook": "PreSync" } }),
          liveObject({ name: "h", annotations: { "helm.sh/hook": "pre-install" } }),
        ],
      },
      want: [],
    },
    {
      name: "tracked, of an ignored role in Git",
      world: {
        desired: [desiredObject({}, { role: { is: "ignored", because: "Skip" } })],
        tracked: [liveObject()],
      },
      want: [],
    },
    {
      name: "extras come in the order of their keys, whatever the cluster's is",
      world: { tracked: ["b", "c", "a"].map((name) => liveObject({ name })) },
      want: ["a", "b", "c"].map((name) => `extra /ConfigMap/default/${name} unrecorded`),
    },
    {
      name: "one object under two groups is not extra under the other",
      world: {
        desired: [desiredObject({ apiVersion: "networking.k8s.io/v1", kind: "Ingress", name: "i" })],
        answer: found(
          liveObject({ apiVersion: "networking.k8s.io/v1", kind: "Ingress", name: "i" }, { uid: "same" }),
        ),
        tracked: [
          liveObject({ apiVersion: "extensions/v1beta1", kind: "Ingress", name: "i" }, { uid: "same" }),
        ],
      },
      want: ["both networking.k8s.io/Ingress/default/i"],
    },
  ];
  test.each(cases)("$name", ({ world, want }) => expect(words(world)).toEqual(want));

  test("ids of cluster-scoped objects carry the destination namespace", () => {
    const live = liveObject({ kind: "Namespace", name: "shop", namespace: "" });
    expect(
      owningApp({ ...live, tracking: { app: "shop", ref: { ...live.ref, namespace: "shop" } } }, us),
    ).toEqual({ is: "us" });
  });
  test("a foreign object is told with its owner", () => {
    const [pair] = pairObjects({
      desired: [want],
      tracked: [],
      liveOf: found(liveObject({}, { tracking: { app: "other", ref: want.ref } })),
      records: new Map(),
      us,
    });
    expect(pair?.is === "foreign" && sharedResource(pair)).toBe(
      "ConfigMap default/settings belongs to application other; it is neither applied nor pruned here",
    );
  });
  test("definedKind() reads what a definition makes", () => {
    expect(definedKind(desiredObject(crd).object)).toBe("example.com/Widget");
    expect(definedKind(want.object)).toBeUndefined();
  });
});
