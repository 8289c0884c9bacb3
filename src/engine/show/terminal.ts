/** Which container of which Pod a terminal is opened in, and why in none. */
import { Failure } from "../../core/model/failure.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { Lookup } from "../../core/ports/cluster-objects.ts";
import { defined } from "../../lib/defined.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import type { OpenTerminal, ResourceNode, TerminalAsk } from "../control.ts";
import { firstShell } from "./shells.ts";

/** https://kubernetes.io/docs/reference/labels-annotations-taints/#kubectl-kubernetes-io-default-container */
const DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container";

type ReadsPod = (
  ...asked: Parameters<Cluster["read"]>
) => Promise<{ is: "found"; object: KubeObject } | { is: Exclude<Lookup["is"], "found"> }>;

/**
 * @param tree of the application, as it is at each moment; undefined: there is none any more
 * @throws {Failure}
 */
export async function openTerminal(
  cluster: Pick<Cluster, "exec"> & { read: ReadsPod },
  tree: () => readonly ResourceNode[] | undefined,
  { namespace, pod, container: asked, shells, size }: TerminalAsk,
  signal: AbortSignal,
): Promise<OpenTerminal> {
  const node = podIn(tree() ?? [], namespace, pod);
  const refuse = (code: "not-found" | "refused", why: string, fix?: string): Failure =>
    new Failure(code, `Pod ${namespace}/${pod}`, "after-edit", {
      cannot: "open a terminal",
      why,
      ...defined({ fix }),
    });
  if (node === undefined) throw refuse("not-found", "the application has no such Pod");
  const answer = await cluster.read({ group: "", kind: "Pod", namespace, name: pod }, "v1");
  signal.throwIfAborted();
  // Another one of its name, as a StatefulSet makes them, is not the one that was looked at.
  if (answer.is !== "found" || answer.object.metadata.uid !== node.uid)
    throw refuse("not-found", "it is gone");
  const { object } = answer;
  const spec = isMapping(object["spec"]) ? object["spec"] : {};
  const status = isMapping(object["status"]) ? object["status"] : {};
  const names = ["containers", "initContainers", "ephemeralContainers"].flatMap((list) =>
    namesIn(spec[list]),
  );
  const usual = object.metadata.annotations?.[DEFAULT_CONTAINER];
  const container = asked ?? (usual !== undefined && names.includes(usual) ? usual : names[0]);
  if (container === undefined || !names.includes(container))
    throw refuse("refused", `it has no container ${container ?? ""}`, `Choose one of ${names.join(", ")}`);
  const running = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"].flatMap(
    (list) => runningIn(status[list]),
  );
  if (!running.includes(container))
    throw refuse(
      "refused",
      `its container ${container} does not run`,
      running.length === 0 ? "See its events and its log" : `Choose one that does: ${running.join(", ")}`,
    );
  const shell = await firstShell((ask) => cluster.exec({ namespace, name: pod }, ask, signal), {
    ...{ container, shells, size },
  });
  return {
    ...shell,
    container,
    isThere: () => podIn(tree() ?? [], namespace, pod)?.uid === node.uid,
  };
}

function podIn(tree: readonly ResourceNode[], namespace: string, name: string): ResourceNode | undefined {
  return tree.find(
    ({ ref, uid }) =>
      ref.kind === "Pod" &&
      ref.group === "" &&
      ref.namespace === namespace &&
      ref.name === name &&
      uid !== undefined,
  );
}

function namesIn(list: unknown): string[] {
  return Array.isArray(list)
    ? list.flatMap((one) => (isMapping(one) && typeof one["name"] === "string" ? [one["name"]] : []))
    : [];
}

function runningIn(list: unknown): string[] {
  return Array.isArray(list)
    ? list.flatMap((one) =>
        isMapping(one) &&
        isMapping(one["state"]) &&
        "running" in one["state"] &&
        typeof one["name"] === "string"
          ? [one["name"]]
          : [],
      )
    : [];
}
