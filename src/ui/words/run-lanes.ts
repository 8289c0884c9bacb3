/** A run as lanes: the phases and waves in which it works, what each has come to, and what it waits for. */
import type { Application, ResourceStatus } from "../../core/model/application.ts";
import type { OperationState, ResourceResult, RunLane, SyncPhase } from "../../core/model/operation.ts";
import { suspendedHookWords } from "../../core/model/suspended-hook.ts";

export interface RunLine {
  key: string;
  /** `group/Kind/namespace/name`, as the address has it. */
  id: string;
  kind: string;
  /** With its namespace where that is another one than the application's. */
  name: string;
  /** `PreSync`, … : of a hook. */
  hook: string | undefined;
  /** `Running`, `Succeeded`, `Failed`, `Waiting`, `Stays`, `Degraded` …: a word with a look. */
  state: string;
  /** What was done, and what is said of it. */
  text: string;
}

export type LaneState = "done" | "running" | "failed" | "waiting" | "stopped" | "not-reached";

export interface Lane {
  /** `PreSync`, `Wave 0`, `PostSync`; `PreSync 5` of another wave than 0. */
  name: string;
  state: LaneState;
  lines: RunLine[];
  /** What it waits for, or how much of it is left: a sentence without a full stop; "" where nothing is to be said. */
  note: string;
  /** When it began and ended, RFC 3339; undefined where it did not, or nobody wrote it down. */
  startedAt: string | undefined;
  finishedAt: string | undefined;
}

const PHASES: readonly (SyncPhase | "Sync hooks")[] = [
  ...(["PreDelete", "PreSync", "Sync", "Sync hooks", "PostSync", "SyncFail", "PostDelete"] as const),
];

interface Found {
  phase: SyncPhase | "Sync hooks";
  wave: number;
  lines: RunLine[];
  told: RunLane | undefined;
}

/** Of a running sync what is still to come is there too. @param state of this run; the application's own, or of one before it */
export function lanesOf(app: Application, state: OperationState): Lane[] {
  const resources = app.status?.resources ?? [];
  const known = new Map(resources.map((resource) => [idOf(resource), resource]));
  const isLast = app.status?.operationState?.startedAt === state.startedAt;
  const told = state.syncResult?.lanes;
  const isMoving =
    isLast && state.finishedAt === undefined && ["Running", "Terminating"].includes(state.phase);
  // What follows a failure has begun: nothing before it does any more.
  const isGoing = isMoving && told?.some(({ phase }) => phase === "SyncFail") !== true;
  const found: Found[] = (told ?? []).map((lane) => ({ ...lane, lines: [], told: lane }));
  const add = (phase: Found["phase"], wave: number, line: RunLine): void => {
    const lane = found.find((one) => one.phase === phase && one.wave === wave);
    if (lane === undefined) found.push({ phase, wave, lines: [line], told: undefined });
    else lane.lines.push(line);
  };
  const seen = new Set<string>();
  for (const result of state.syncResult?.resources ?? []) {
    const id = idOf(result);
    const resource = known.get(id);
    const hook = isHook(result) ? result.hookType : undefined;
    const line: RunLine = {
      ...{ key: `${hook ?? ""} ${id}`, id, hook, kind: result.kind, name: nameIn(app, result) },
      ...(hook === undefined
        ? stateOf(result, isLast ? resource?.health : undefined)
        : hookState(result, state)),
    };
    if (hook === undefined) seen.add(id);
    const wave =
      result.syncWave ?? (told === undefined && hook === undefined ? (resource?.syncWave ?? 0) : 0);
    // Before waves were written down, nobody can say in which one a hook of Sync ran.
    const phase = hook === "Sync" && told === undefined ? "Sync hooks" : (hook ?? result.syncPhase ?? "Sync");
    add(phase as Found["phase"], wave, line);
  }
  if (isGoing && state.operation.sync?.resources === undefined)
    for (const resource of resources)
      if (resource.status === "OutOfSync" && !seen.has(idOf(resource)) && resource.hook !== true)
        add("Sync", resource.syncWave ?? 0, waiting(app, resource));
  const lanes = found
    // What was as it should be is told only while it is waited for.
    .filter(({ lines, told }) => lines.length > 0 || (told?.steps ?? 0) > 0)
    .sort((a, b) => PHASES.indexOf(a.phase) - PHASES.indexOf(b.phase) || a.wave - b.wave)
    .map((one) => laneOf(one, one.phase === "SyncFail" ? isMoving : isGoing));
  return withNotes(inTurn(lanes));
}

type Named = Pick<ResourceResult, "kind" | "name"> & { group?: string; namespace?: string };

const idOf = ({ group = "", kind, namespace = "", name }: Named): string =>
  `${group}/${kind}/${namespace}/${name}`;

const nameIn = (app: Application, { namespace = "", name }: Named): string =>
  namespace === "" || namespace === app.spec.destination.namespace ? name : `${namespace}/${name}`;

function waiting(app: Application, resource: ResourceStatus): RunLine {
  const id = idOf(resource);
  return {
    ...{ key: id, id, kind: resource.kind, name: nameIn(app, resource) },
    ...{ hook: undefined, state: "Waiting", text: "" },
  };
}

function laneOf({ phase, wave, lines, told }: Found, isGoing: boolean): Lane & { steps: number } {
  return {
    name: phase === "Sync" ? `Wave ${wave}` : wave === 0 ? phase : `${phase} ${wave}`,
    state: laneState(lines, told, isGoing),
    lines: lines.sort(worstFirst),
    note: "",
    ...{ startedAt: told?.startedAt, finishedAt: told?.finishedAt, steps: told?.steps ?? 0 },
  };
}

/** A lane of which something is there already (its Namespace) waits all the same while one before it runs. */
function inTurn<T extends Lane>(lanes: readonly T[]): T[] {
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

/** What blocks what: a lane waits for the one that runs, and of a run that stopped the rest was not reached. */
function withNotes(lanes: readonly (Lane & { steps: number })[]): Lane[] {
  const running = lanes.find(({ state }) => state === "running");
  const stopped = lanes.find(({ state }) => state === "failed" || state === "stopped");
  return lanes.map(({ steps, ...lane }) => ({
    ...lane,
    note: [leftOf(lane, steps), reasonOf(lane, running, stopped)].filter((part) => part !== "").join(", "),
  }));
}

/** How much of it is in no line yet. */
function leftOf({ name, state, lines }: Lane, steps: number): string {
  const left = steps - lines.filter(({ state }) => state !== "Stays").length;
  if (left <= 0 || state === "done") return "";
  const what = `${name.startsWith("Wave") ? "object" : "hook"}${left === 1 ? "" : "s"}`;
  return lines.length === 0 ? `${left} ${what}` : `${left} more ${what}`;
}

function reasonOf({ state }: Lane, running: Lane | undefined, stopped: Lane | undefined): string {
  if (state === "waiting" && running !== undefined) return `waits for ${running.name}`;
  if (state !== "not-reached") return "";
  return stopped === undefined ? "the sync ended before it" : `the sync stopped in ${stopped.name}`;
}

function isHook({ hookType, hookPhase }: ResourceResult): boolean {
  return hookType !== undefined && hookPhase !== undefined;
}

function hookState(
  result: ResourceResult,
  { message: said }: OperationState,
): Pick<RunLine, "state" | "text"> {
  const { hookPhase, message } = result;
  if (hookPhase === "Succeeded" || hookPhase === "Failed")
    return { state: hookPhase, text: hookPhase === "Succeeded" && message === "completed" ? "" : message };
  // Of a hook that does not get on, the run says why; the row was written when it was started.
  const lifts = suspendedHookWords(result);
  return said.includes(`/${result.name} `) && said.includes(lifts)
    ? { state: "Suspended", text: lifts }
    : { state: "Running", text: message };
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

const MOVING = new Set(["Running", "Progressing", "Suspended"]);
const RUNNING = new Set([...MOVING, "Waiting"]);

function laneState(lines: readonly RunLine[], told: RunLane | undefined, isGoing: boolean): LaneState {
  if (lines.some(({ state }) => state === "Failed")) return "failed";
  if (told !== undefined) {
    if (told.finishedAt !== undefined) return "done";
    if (told.startedAt === undefined && lines.every(({ state }) => state === "Waiting"))
      return isGoing ? "waiting" : "not-reached";
    if (told.startedAt !== undefined) return isGoing ? "running" : "stopped";
  }
  if (!isGoing) return "done";
  if (lines.every(({ state }) => state === "Waiting")) return "waiting";
  return lines.some(({ state }) => RUNNING.has(state)) ? "running" : "done";
}

const ORDER = ["Failed", "Degraded", "Suspended", "Running", "Progressing", "Waiting", "Stays"];

function worstFirst(a: RunLine, b: RunLine): number {
  const place = ({ state }: RunLine): number => (ORDER.indexOf(state) + 1 || ORDER.length + 1) as number;
  return place(a) - place(b) || (a.key < b.key ? -1 : 1);
}

/**
 * What a run waits for, as its message says it; an object of the application's own namespace by its kind and name.
 * @returns undefined where it waits for nothing
 */
export function waitOf(
  { phase, message }: OperationState,
  namespace: string | undefined,
): { what: string; since: string | undefined } | undefined {
  const words = "waiting for ";
  if (phase !== "Running" || !message.startsWith(words)) return undefined;
  const [time, since] = /,? since (\d{4}-\d\d-\d\dT[\d:.]+Z)/.exec(message) ?? [];
  const what = message
    .slice(words.length)
    .replace(time ?? "", "")
    .replace(/^completion of /, "")
    .replace(
      /^(hook |deletion of )?(?:[a-z0-9.-]+\/)?([A-Z][A-Za-z0-9]*) (?:([a-z0-9.-]+)\/)?/,
      (_, what = "", kind: string, of?: string) =>
        `${what}${kind} ${of === undefined || of === namespace ? "" : `${of}/`}`,
    );
  return { what, since };
}
