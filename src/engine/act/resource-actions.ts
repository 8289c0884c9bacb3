/** What a person may have done to one object of an application: restart, scale, pause, a Job of a CronJob. */
import { builtInActions, runBuiltIn } from "../../core/actions/built-in.ts";
import { patchBetween } from "../../core/actions/patch-between.ts";
import { diffObjects, maskSecret, NOTHING_IGNORED } from "../../core/compare/index.ts";
import { type AppKey, healsItself } from "../../core/model/application.ts";
import { Failure, type FailureCode } from "../../core/model/failure.ts";
import { ACTION_MANAGER } from "../../core/model/field-manager.ts";
import { holdsSecrets } from "../../core/model/filled-in.ts";
import { ifStill, type JsonPatchOp } from "../../core/model/json-patch.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import { type ObjectRef, refKey, refOf, show } from "../../core/model/object-ref.ts";
import { ActionRefused, type ActionWrite, type OfferedAction } from "../../core/model/resource-action.ts";
import type { ClusterObjects, WriteOutcome } from "../../core/ports/cluster-objects.ts";
import { defined } from "../../lib/defined.ts";
import { showPath } from "../../lib/field-path.ts";
import { applyJsonPatch } from "../../lib/json-patch.ts";
import { pointerSteps } from "../../lib/json-pointer.ts";
import { timestamp } from "../../lib/timestamp.ts";
import type { Applications } from "../applications.ts";
import type { Acted, ActedOn, ActionRequest, Found, WriteRefusal } from "../control.ts";
import type { EnginePorts } from "../engine-ports.ts";
import { refusedBy, writerOf } from "../limits.ts";
import type { ManagedApplication } from "../managed-application.ts";
import type { Snapshot } from "../snapshot.ts";
import { pauseFor, refusalOf } from "../sync/may-start.ts";
import { readOwn } from "./own-object.ts";
import { setByGit } from "./set-by-git.ts";

/** How often an action begins anew where somebody else writes the object at the same moment. */
const MOST_TRIES = 5;

export interface ActionParts {
  ports: EnginePorts;
  applications: Applications;
  /** @throws {Failure} invalid-spec */
  snapshotOf(managed: ManagedApplication): Snapshot;
}

/** Nothing more was written: somebody else wrote the object meanwhile, as far as the server's words tell. */
interface Raced {
  is: "raced";
  /** That the action had seen. */
  version: string | undefined;
  failure: Failure;
}

/** What an action has written so far, over all of its tries. */
interface Done {
  /** Of its own object. Where there are some before a try, what is left is the status, which is another write. */
  fields: string[];
  made: ObjectRef[];
}

export class ResourceActions {
  readonly #parts: ActionParts;

  constructor(parts: ActionParts) {
    this.#parts = parts;
  }

  /** @throws {Failure} not-found, cluster-unreachable, forbidden, refused (a user's script failed) */
  async offered(key: AppKey, ref: ObjectRef): Promise<Found<OfferedAction[]>> {
    const managed = this.#parts.applications.get(key);
    if (managed === undefined) return { is: "absent" };
    const { object } = await readOwn(this.#parts.snapshotOf(managed).cluster, managed, ref, "act on it");
    return { is: "found", value: await this.#offeredBy(object) };
  }

  /** @throws {Failure} not-found, cluster-unreachable, forbidden, refused, conflict, invalid-spec, store */
  async run(key: AppKey, request: ActionRequest): Promise<Acted> {
    const managed = this.#parts.applications.get(key);
    if (managed === undefined) return { is: "absent" };
    const why = this.#notNow(managed);
    if (why !== undefined) return { is: "conflict", why };
    const done: Done = { fields: [], made: [] };
    const acted = await this.#untilActed(managed, request, done).catch((cause: unknown) => {
      // A part of it is done all the same, and nobody is to find that out by the cluster.
      if (done.fields.length + done.made.length > 0) this.#audit(managed, request, done, "cut-short");
      throw cause;
    });
    if (acted.is === "acted" && request.mode !== "dry-run") this.#audit(managed, request, done, "whole");
    return acted;
  }

  /** Why nothing is written now: asked before each write, because whoever pulls the brake means this one too. */
  #notNow({ key, spec }: ManagedApplication): string | undefined {
    if (spec.deleting !== undefined) return `the application ${key} is being deleted`;
    const pause = pauseFor({}, this.#parts.ports);
    return pause === undefined ? undefined : refusalOf(pause);
  }

  /** @throws {Failure} conflict */
  #refuseNow(managed: ManagedApplication, request: ActionRequest): void {
    const why = this.#notNow(managed);
    if (why !== undefined) throw this.#failure(request, "conflict", why);
  }

  async #untilActed(managed: ManagedApplication, request: ActionRequest, done: Done): Promise<Acted> {
    let before: Raced | undefined;
    for (let tries = 1; ; tries++) {
      const acted = await this.#try(managed, request, done);
      if (acted.is !== "raced") return acted;
      // Still the same version: nobody wrote it, so the server meant something else.
      if (tries === MOST_TRIES || before?.version === acted.version) throw acted.failure;
      before = acted;
    }
  }

  /** @param done by tries before this one: not done again */
  async #try(managed: ManagedApplication, request: ActionRequest, done: Done): Promise<Acted | Raced> {
    const { ref } = request;
    const { app, project, cluster } = this.#parts.snapshotOf(managed);
    const { object } = await readOwn(cluster, managed, ref, "act on it");
    const isFirst = done.fields.length === 0;
    const writes = await this.#writesOf(object, request).catch((cause: unknown) => {
      // It makes no sense any more: whoever wrote meanwhile did the rest of it.
      if (!isFirst && cause instanceof Failure && cause.code === "refused") return [];
      throw cause;
    });
    const patch = writes
      .flatMap((write) => (write.do === "change" ? changeOf(object, write, request) : []))
      .filter((op) => isFirst || isStatus(op));
    const made = writes.flatMap((write) => (write.do === "create" ? [write.object] : []));
    for (const one of [ref, ...made.map(refOf)]) {
      const why = refusedBy(project, one, cluster);
      if (why !== undefined) throw this.#failure(request, "forbidden", why);
    }
    const [field] = setByGit(
      managed.target?.desired.find((one) => one.key === refKey(ref)),
      patch,
      managed.compared?.ignored.get(refKey(ref)) ?? NOTHING_IGNORED,
    );
    if (field !== undefined && healsItself(app.spec)) return undone(request, field);
    const objects = cluster.for({
      owner: managed.key,
      urgency: "heal",
      as: () => writerOf(this.#parts.snapshotOf(managed), this.#parts.ports.settings()),
    });
    // One that would be refused stops it before anything is written.
    for (const one of made) {
      const would = await objects.create(one, "dry-run");
      if (would.is !== "done") throw this.#notWritten(request, refOf(one), would);
    }
    if (request.mode === "dry-run")
      return { is: "acted", done: await this.#would(objects, object, { patch, made }, request) };
    this.#refuseNow(managed, request);
    const changed = await this.#change(objects, object, patch, request, done);
    if (changed !== "done") return changed;
    for (const one of made) {
      this.#refuseNow(managed, request);
      const created = await objects.create(one, "write");
      if (created.is !== "done") throw this.#notWritten(request, refOf(one), created);
      done.made.push(refOf(created.object));
    }
    return { is: "acted", done: actedOn(request, done) };
  }

  /** As the server would have it. What it says of a status is known when it is written. */
  async #would(
    objects: ClusterObjects,
    object: KubeObject,
    { patch, made }: { patch: readonly JsonPatchOp[]; made: readonly KubeObject[] },
    request: ActionRequest,
  ): Promise<ActedOn[]> {
    const { ref } = request;
    // What is made of one that holds secrets holds them too, and does not say where.
    const shown = (one: KubeObject) => (holdsSecrets(object) ? {} : { object: maskSecret(one) });
    const created = made.map(
      (one): ActedOn => ({ ref: refOf(one), did: "created", fields: [], ...shown(one) }),
    );
    if (patch.length === 0) return created;
    const ops = patch.filter((op) => !isStatus(op));
    let predicted = object;
    if (ops.length > 0) {
      const outcome = await objects.patch(ref, object.apiVersion, ops, {
        ...{ fieldManager: ACTION_MANAGER, to: "object", mode: "dry-run" },
      });
      if (outcome.is !== "done") throw this.#notWritten(request, ref, outcome);
      predicted = outcome.object;
    }
    predicted = applyJsonPatch(predicted, patch.filter(isStatus)) as KubeObject;
    const isHidden = holdsSecrets(object) || holdsSecrets(predicted);
    const { managedFields = [] } = object.metadata;
    const changes = isHidden
      ? undefined
      : diffObjects({ key: refKey(ref), live: object, predicted, managedFields }).fields;
    return [{ ref, did: "changed", fields: patch.map(fieldIn), ...defined({ changes }) }, ...created];
  }

  /** @param how `cut-short`: the rest of it could not be done */
  #audit(managed: ManagedApplication, request: ActionRequest, done: Done, how: "whole" | "cut-short"): void {
    const { store, clock } = this.#parts.ports;
    const { ref, action, actor, parameters } = request;
    const { namespace, name } = managed.spec.app.metadata;
    store.audit({
      at: timestamp(clock.now()),
      actor,
      action: `action ${action}`,
      app: managed.key,
      project: managed.spec.app.spec.project,
      object: { kind: "application", namespace, name, live: ref },
      details: {
        object: show(ref),
        ...defined({ parameters }),
        done: actedOn(request, done).map(asText),
        ...(how === "whole" ? {} : { cutShort: true }),
      },
    });
  }

  /** The object, then its status by the subresource: a kind may have one, which alone changes it then. */
  async #change(
    objects: ClusterObjects,
    object: KubeObject,
    patch: readonly JsonPatchOp[],
    request: ActionRequest,
    done: Done,
  ): Promise<"done" | Raced> {
    let version = object.metadata.resourceVersion;
    const send = async (ops: readonly JsonPatchOp[], to: "object" | "status") => {
      const { ref } = request;
      const outcome = await objects.patch(ref, object.apiVersion, [ifStill(version), ...ops], {
        fieldManager: ACTION_MANAGER,
        to,
      });
      if (outcome.is === "done") {
        version = outcome.object.metadata.resourceVersion;
        done.fields.push(...ops.map(fieldIn));
      }
      return outcome;
    };
    for (const [ops, to] of [
      [patch.filter((op) => !isStatus(op)), "object"],
      [patch.filter(isStatus), "status"],
    ] as const) {
      if (ops.length === 0) continue;
      let outcome = await send(ops, to);
      if (to === "status" && outcome.is === "refused" && outcome.status === 404)
        outcome = await send(ops, "object");
      if (outcome.is === "done") continue;
      const failure = this.#notWritten(request, request.ref, outcome);
      if (outcome.is !== "refused" || !isRace(outcome)) throw failure;
      return { is: "raced", version, failure };
    }
    return "done";
  }

  async #offeredBy(object: KubeObject): Promise<OfferedAction[]> {
    const users = this.#parts.ports.userActions?.of(object);
    const ours = users?.builtIns === "replaced" ? [] : builtInActions(object);
    if (users === undefined) return ours;
    try {
      const theirs = await users.offered();
      return [...theirs, ...ours.filter(({ name }) => !theirs.some((one) => one.name === name))];
    } catch (cause) {
      throw asFailure(cause, show(refOf(object)), "list its actions");
    }
  }

  /** @throws {Failure} */
  async #writesOf(object: KubeObject, request: ActionRequest): Promise<ActionWrite[]> {
    const { action, parameters = {} } = request;
    const now = timestamp(this.#parts.ports.clock.now());
    const users = this.#parts.ports.userActions?.of(object);
    try {
      const writes =
        (await users?.run(action, { parameters, now })) ??
        (users?.builtIns === "replaced" ? undefined : runBuiltIn(object, action, { parameters, now }));
      if (writes !== undefined) return writes;
    } catch (cause) {
      throw asFailure(cause, show(request.ref), action);
    }
    const names = (await this.#offeredBy(object)).map(({ name }) => name);
    const why =
      names.length === 0
        ? `there are no actions for ${object.kind}`
        : `${object.kind} has no such action; it has ${names.join(", ")}`;
    throw this.#failure(request, "invalid-spec", why);
  }

  #notWritten(
    request: ActionRequest,
    ref: ObjectRef,
    outcome: Exclude<WriteOutcome, { is: "done" }>,
  ): Failure {
    if (outcome.is === "unreachable") return this.#failure(request, "cluster-unreachable", outcome.why);
    const code: FailureCode = outcome.status === 403 ? "forbidden" : isRace(outcome) ? "conflict" : "refused";
    const of = refKey(ref) === refKey(request.ref) ? "" : `${show(ref)}: `;
    return this.#failure(request, code, `${of}${outcome.message}`);
  }

  #failure({ ref, action }: ActionRequest, code: FailureCode, why: string, fix?: string): Failure {
    return new Failure(code, show(ref), "after-edit", { cannot: action, why, ...defined({ fix }) });
  }
}

/** A script may change the object in any way but for what it is. @throws {Failure} */
function changeOf(
  before: KubeObject,
  { after }: Extract<ActionWrite, { do: "change" }>,
  { ref, action }: ActionRequest,
): JsonPatchOp[] {
  if (after.apiVersion !== before.apiVersion || refKey(refOf(after)) !== refKey(ref))
    throw new Failure("refused", show(ref), "after-edit", {
      cannot: action,
      why: `its script would write ${after.apiVersion} ${show(refOf(after))} in its place`,
      fix: "An action changes its own object, or makes new ones",
    });
  const patch = patchBetween(before, after);
  const fixed = patch.find(({ path }) => /^\/metadata\/(uid|resourceVersion|managedFields)(\/|$)/.test(path));
  if (fixed === undefined) return patch;
  throw new Failure("refused", show(ref), "after-edit", {
    cannot: action,
    why: `its script would write ${fieldIn(fixed)}, which is the server's`,
  });
}

function actedOn({ ref }: ActionRequest, { fields, made }: Done): ActedOn[] {
  return [
    ...(fields.length === 0 ? [] : [{ ref, did: "changed" as const, fields }]),
    ...made.map((one) => ({ ref: one, did: "created" as const, fields: [] })),
  ];
}

const isStatus = ({ path }: JsonPatchOp): boolean => path === "/status" || path.startsWith("/status/");
const fieldIn = ({ path }: JsonPatchOp): string => showPath(pointerSteps(path));
const asText = ({ ref, did, fields }: ActedOn): string => [did, show(ref), ...fields].join(" ");

/** 422 for a `test` that fails is told from a plain refusal by its words: a refusal of values names causes. */
function isRace({ status, causes }: Extract<WriteOutcome, { is: "refused" }>): boolean {
  return status === 409 || (status === 422 && causes.length === 0);
}

function undone({ ref, action }: ActionRequest, field: string): WriteRefusal {
  return {
    is: "would-be-undone",
    object: show(ref),
    cannot: action,
    why: `Git sets ${field}, and self-heal would put it back at once`,
    fix: "Change it in Git and commit, or name the field in spec.ignoreDifferences to leave it to others",
  };
}

function asFailure(cause: unknown, object: string, cannot: string): unknown {
  if (!(cause instanceof ActionRefused)) return cause;
  return new Failure("refused", object, "after-edit", { cannot, why: cause.message });
}
