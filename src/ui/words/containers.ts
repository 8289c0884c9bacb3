/** What a Pod consists of, as its manifest says: which containers write logs, and why one does not yet. */
import { isMapping } from "../../lib/is-mapping.ts";

/** https://kubernetes.io/docs/reference/labels-annotations-taints/#kubectl-kubernetes-io-default-container */
const DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container";

export interface Container {
  name: string;
  /** `sidecar`: starts with what sets the Pod up and goes on beside the others. `debug`: somebody put it in. */
  role: "init" | "sidecar" | "main" | "debug";
  state: { is: "waiting" | "running" | "ended"; why: string };
  /** RFC 3339; another one where it began anew. */
  startedAt: string;
  restarts: number;
}

/** What may be missing is: an object of a cluster, which anybody may have written. */
export function containersOf(pod: unknown): Container[] {
  const spec = mapping(pod, "spec");
  const status = mapping(pod, "status");
  const states = new Map(
    ["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"].flatMap((list) =>
      items(status, list).map((one) => [textIn(one, "name"), one] as const),
    ),
  );
  const of = (list: string, role: (one: Record<string, unknown>) => Container["role"]): Container[] =>
    items(spec, list).map((one) => {
      const name = textIn(one, "name");
      return { name, role: role(one), ...standing(states.get(name)) };
    });
  const annotations = mapping(isMapping(pod) ? pod["metadata"] : undefined, "annotations");
  const all = [
    ...of("containers", () => "main"),
    ...of("initContainers", (one) => (one["restartPolicy"] === "Always" ? "sidecar" : "init")),
    ...of("ephemeralContainers", () => "debug"),
  ].filter(({ name }) => name !== "");
  // The one whose log is meant where none is named, as kubectl has it, stands first.
  const first = all.find(({ name, role }) => role === "main" && name === annotations[DEFAULT_CONTAINER]);
  return first === undefined ? all : [first, ...all.filter((one) => one !== first)];
}

/** Where nothing is said of one: why its Pod is not on a node, where it says so. */
export function whyNotPlaced(pod: unknown): string {
  const condition = items(mapping(pod, "status"), "conditions").find(
    (one) => one["type"] === "PodScheduled" && one["status"] === "False",
  );
  return condition === undefined
    ? ""
    : [textIn(condition, "reason"), textIn(condition, "message")].filter(Boolean).join(": ");
}

function standing(status: Record<string, unknown> | undefined): Omit<Container, "name" | "role"> {
  const state = mapping(status, "state");
  const restarts = typeof status?.["restartCount"] === "number" ? status["restartCount"] : 0;
  if (isMapping(state["running"]))
    return { state: { is: "running", why: "" }, startedAt: textIn(state["running"], "startedAt"), restarts };
  if (isMapping(state["terminated"])) {
    const ended = state["terminated"];
    const code = typeof ended["exitCode"] === "number" ? `exit code ${ended["exitCode"]}` : "";
    const reason = textIn(ended, "reason");
    const why = [reason === "Completed" ? "" : reason, code, textIn(ended, "message")]
      .filter(Boolean)
      .join(", ");
    return { state: { is: "ended", why }, startedAt: textIn(ended, "startedAt"), restarts };
  }
  const waiting = mapping(state, "waiting");
  const why = [textIn(waiting, "reason"), textIn(waiting, "message")].filter(Boolean).join(": ");
  return { state: { is: "waiting", why }, startedAt: "", restarts };
}

function mapping(of: unknown, name: string): Record<string, unknown> {
  const value = isMapping(of) ? of[name] : undefined;
  return isMapping(value) ? value : {};
}

function items(of: Record<string, unknown>, name: string): Record<string, unknown>[] {
  const value = of[name];
  return Array.isArray(value) ? value.filter(isMapping) : [];
}

function textIn(of: Record<string, unknown>, name: string): string {
  const value = of[name];
  return typeof value === "string" ? value : "";
}
