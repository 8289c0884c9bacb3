/** A run as lanes: the phases and waves in which it works, what each has come to, and what it waits for. */
import type { Application } from "../../core/model/application.ts";
import type { OperationState, ResourceResult } from "../../core/model/operation.ts";

export interface RunLine {
  key: string;
  kind: string;
  /** With its namespace where that is another one than the application's. */
  name: string;
  /** `Running`, `Succeeded`, `Failed`, `Waiting`, `Stays`, `Degraded` …: a word with a look. */
  state: string;
  /** What was done, and what is said of it. */
  text: string;
}

export interface Lane {
  /** `PreSync`, `Wave 0`, `PostSync`. */
  name: string;
  state: "done" | "running" | "failed" | "waiting";
  lines: RunLine[];
}

/** Where the lanes of a phase stand; those of waves are around 0, by their number. */
const PLACES: Readonly<Record<string, number>> = {
  PreDelete: -2_000_000,
  PreSync: -1_000_000,
  "Sync hooks": 1_000_000,
  PostSync: 2_000_000,
  SyncFail: 3_000_000,
  PostDelete: 4_000_000,
};

/** Of a running sync what is still to come is there too. @param state of this run; the application's own, or of one before it */
export function lanesOf(app: Application, state: OperationState): Lane[] {
  const resources = app.status?.resources ?? [];
  const idOf = (one: { group?: string; kind: string; namespace?: string; name: string }): string =>
    `${one.group ?? ""}/${one.kind}/${one.namespace ?? ""}/${one.name}`;
  const known = new Map(resources.map((resource) => [idOf(resource), resource]));
  const isLast = app.status?.operationState?.startedAt === state.startedAt;
  const isGoing = isLast && (state.phase === "Running" || state.phase === "Terminating");
  const lanes = new Map<string, { place: number; lines: RunLine[] }>();
  const add = (lane: string, place: number, line: RunLine): void => {
    const before = lanes.get(lane) ?? { place, lines: [] };
    lanes.set(lane, before);
    before.lines.push(line);
  };
  const nameOf = ({ namespace = "", name }: { namespace?: string; name: string }): string =>
    namespace === "" || namespace === app.spec.destination.namespace ? name : `${namespace}/${name}`;
  const waveLane = (wave: number): [string, number] => [`Wave ${wave}`, wave];
  const seen = new Set<string>();
  for (const result of state.syncResult?.resources ?? []) {
    const resource = known.get(idOf(result));
    const line = {
      ...{ key: `${result.hookType ?? ""} ${idOf(result)}`, kind: result.kind, name: nameOf(result) },
      ...(isHook(result) ? hookState(result) : stateOf(result, isLast ? resource?.health : undefined)),
    };
    if (isHook(result)) {
      const lane = result.hookType === "Sync" ? "Sync hooks" : (result.hookType ?? "");
      add(lane, PLACES[lane] ?? 0, line);
      continue;
    }
    seen.add(idOf(result));
    add(...waveLane(resource?.syncWave ?? 0), line);
  }
  if (isGoing && state.operation.sync?.resources === undefined)
    for (const resource of resources) {
      if (resource.status !== "OutOfSync" || seen.has(idOf(resource)) || resource.hook === true) continue;
      const line = { key: idOf(resource), kind: resource.kind, name: nameOf(resource) };
      add(...waveLane(resource.syncWave ?? 0), { ...line, state: "Waiting", text: "" });
    }
  return inTurn(
    [...lanes]
      .sort(([, a], [, b]) => a.place - b.place)
      .map(([name, { lines }]) => ({
        name,
        state: laneState(lines, isGoing),
        lines: lines.sort(worstFirst),
      })),
  );
}

/** A lane of which something is there already (its Namespace) waits all the same while one before it runs. */
function inTurn(lanes: readonly Lane[]): Lane[] {
  const first = lanes.findIndex(({ state }) => state === "running");
  return lanes.map((lane, at) =>
    first !== -1 &&
    at > first &&
    lane.state === "running" &&
    !lane.lines.some(({ state }) => MOVING.has(state))
      ? { ...lane, state: "waiting" }
      : lane,
  );
}

function isHook({ hookType, hookPhase }: ResourceResult): boolean {
  return hookType !== undefined && hookPhase !== undefined;
}

function hookState({ hookPhase, message }: ResourceResult): Pick<RunLine, "state" | "text"> {
  const state = hookPhase === "Succeeded" || hookPhase === "Failed" ? hookPhase : "Running";
  return { state, text: state === "Succeeded" && message === "completed" ? "" : message };
}

function stateOf(
  { status, message, hookPhase }: ResourceResult,
  health: { status: string; message?: string } | undefined,
): Pick<RunLine, "state" | "text"> {
  if (status === "SyncFailed") return { state: "Failed", text: message };
  if (status === "PruneSkipped") return { state: "Stays", text: message };
  if (status === "Pruned") return { state: hookPhase === "Running" ? "Running" : "Succeeded", text: message };
  // What was written is there: a health that misses it is from before.
  const isUnwell = health !== undefined && health.status !== "Healthy" && health.status !== "Missing";
  return isUnwell
    ? { state: health.status, text: health.message || message }
    : { state: "Succeeded", text: message };
}

const MOVING = new Set(["Running", "Progressing"]);
const RUNNING = new Set([...MOVING, "Waiting"]);

function laneState(lines: readonly RunLine[], isGoing: boolean): Lane["state"] {
  if (lines.some(({ state }) => state === "Failed")) return "failed";
  if (!isGoing) return "done";
  if (lines.every(({ state }) => state === "Waiting")) return "waiting";
  return lines.some(({ state }) => RUNNING.has(state)) ? "running" : "done";
}

const ORDER = ["Failed", "Degraded", "Running", "Progressing", "Waiting", "Stays"];

function worstFirst(a: RunLine, b: RunLine): number {
  const place = ({ state }: RunLine): number => (ORDER.indexOf(state) + 1 || ORDER.length + 1) as number;
  return place(a) - place(b) || (a.key < b.key ? -1 : 1);
}

/** What a run waits for, as its message says it. @returns undefined where it waits for nothing */
export function waitOf({
  phase,
  message,
}: OperationState): { what: string; since: string | undefined } | undefined {
  const words = "waiting for ";
  if (phase !== "Running" || !message.startsWith(words)) return undefined;
  const [time, since] = / since (\d{4}-\d\d-\d\dT[\d:.]+Z)/.exec(message) ?? [];
  return { what: message.slice(words.length).replace(time ?? "", ""), since };
}
