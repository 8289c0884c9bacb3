/** Writes of people who come by the API, into Applications of a cluster: over what was read, and over nothing newer. */
import { type Application, RESOURCES_FINALIZER } from "../../core/model/application.ts";
import type { ApplicationSet } from "../../core/model/application-set.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import { refOf, show } from "../../core/model/object-ref.ts";
import type { Project } from "../../core/model/project.ts";
import type { ClusterObjects, DeleteOutcome, WriteOutcome } from "../../core/ports/cluster-objects.ts";
import type { RecordAnswer } from "../../core/ports/custom-resources.ts";
import { defined } from "../../lib/defined.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { isOurFinalizer } from "./finalizers.ts";

const VERSION = "argoproj.io/v1alpha1";

/** @param known as it was read last; absent: it is to be made */
export async function putRecord(
  app: Application | Project | ApplicationSet,
  known: KubeObject | undefined,
  objects: ClusterObjects,
  wrote: (object: KubeObject) => void,
): Promise<RecordAnswer> {
  const object = known === undefined ? madeFrom(app) : writtenOver(known, app);
  const answer = await (known === undefined
    ? objects.create(object, "write")
    : objects.replace(object, "write"));
  if (answer.is !== "done") return recordAnswer(object, answer);
  wrote(answer.object);
  return { is: "written" };
}

export async function deleteRecord(
  object: KubeObject,
  cascade: "foreground" | "background" | "none",
  objects: ClusterObjects,
  wrote: (object: KubeObject) => void,
): Promise<RecordAnswer> {
  const { uid = "", finalizers = [], deletionTimestamp } = object.metadata;
  const ref = refOf(object);
  // Of what is going, a server lets finalizers be taken away and none be added: what waits for us goes on to wait, unless
  // its objects are to stay.
  const isSaid = deletionTimestamp !== undefined && cascade !== "none";
  const wanted = isSaid ? finalizers : finalizersFor(finalizers, cascade);
  if (!equalJson(finalizers, wanted)) {
    const { resourceVersion } = object.metadata;
    const answer = await objects.patch(ref, VERSION, [
      { op: "test", path: "/metadata/uid", value: uid },
      { op: "test", path: "/metadata/resourceVersion", value: resourceVersion },
      { op: "add", path: "/metadata/finalizers", value: wanted },
    ]);
    if (answer.is !== "done") return recordAnswer(object, answer);
    wrote(answer.object);
  }
  if (deletionTimestamp !== undefined) return { is: "written" };
  const answer = await objects.delete(ref, VERSION, { uid, propagation: "Background" }, "write");
  return answer.is === "deleted" || answer.is === "absent" ? { is: "written" } : recordAnswer(object, answer);
}

/** One that has nothing to take along. */
export async function deleteWhole(object: KubeObject, objects: ClusterObjects): Promise<RecordAnswer> {
  const { uid = "" } = object.metadata;
  const answer = await objects.delete(refOf(object), VERSION, { uid, propagation: "Background" }, "write");
  return answer.is === "deleted" || answer.is === "absent" ? { is: "written" } : recordAnswer(object, answer);
}

/** Those of others stay where they are. */
function finalizersFor(
  finalizers: readonly string[],
  cascade: "foreground" | "background" | "none",
): string[] {
  if (cascade === "none") return finalizers.filter((finalizer) => !isOurFinalizer(finalizer));
  const others = finalizers.filter((finalizer) => !finalizer.startsWith(RESOURCES_FINALIZER));
  return [...others, cascade === "background" ? `${RESOURCES_FINALIZER}/background` : RESOURCES_FINALIZER];
}

function madeFrom(app: Application | Project | ApplicationSet): KubeObject {
  const { status: _, operation: __, metadata, ...rest } = app as Application;
  const { uid: _uid, resourceVersion: _version, creationTimestamp: _made, ...kept } = metadata;
  return { ...rest, metadata: kept };
}

/** Spec, labels, annotations and finalizers are replaced, as the API promises; everything else stays as it stands there. */
function writtenOver(
  known: KubeObject,
  { spec, metadata }: Application | Project | ApplicationSet,
): KubeObject {
  const { labels, annotations, finalizers } = metadata;
  const { labels: _, annotations: __, finalizers: ___, ...kept } = known.metadata;
  return { ...known, spec, metadata: { ...kept, ...defined({ labels, annotations, finalizers }) } };
}

/** What became of a write of this object. */
export function recordAnswer(
  object: KubeObject,
  answer: WriteOutcome | Exclude<DeleteOutcome, { is: "deleted" | "absent" }>,
): RecordAnswer {
  if (answer.is === "done") return { is: "written" };
  const what = `${object.kind} ${object.metadata.namespace}/${object.metadata.name}`;
  if (answer.is === "unreachable")
    return { is: "conflict", why: `the cluster that ${what} lives in does not answer: ${answer.why}` };
  if (answer.status === 404) return { is: "absent" };
  if (answer.status === 409 || (answer.status === 422 && answer.reason === "Invalid" && isStale(answer)))
    return {
      // One that was to be made is there already, whoever made it: there is nothing that it would be written over.
      is: answer.reason === "AlreadyExists" ? "conflict" : "overtaken",
      why: `${what} was changed by somebody else just now. Look at it again, and ask again`,
    };
  return {
    is: "invalid",
    problem: { severity: "error", object: show(refOf(object)), text: answer.message },
  };
}

/** How an API server says that a `test` of a patch did not hold. */
function isStale({ message }: { message: string }): boolean {
  return message.includes("the server rejected our request") || message.includes("testing");
}
