/** What applications leave to others, object by object. jq is asked here, before anything is compared. */

import {
  asPlaces,
  type Expression,
  type IgnoredFields,
  IgnoreRules,
  ignoredFields,
  keysOfControllers,
  NOTHING_IGNORED,
  placesOf,
} from "../../core/compare/index.ts";
import { type AppKey, keyOfApp } from "../../core/model/application.ts";
import type { DesiredObject } from "../../core/model/desired-object.ts";
import { Failure } from "../../core/model/failure.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import type { Jq } from "../../core/ports/jq.ts";
import type { FieldPath } from "../../lib/field-path.ts";
import { keptOn } from "../../lib/kept-on.ts";
import type { Snapshot } from "../snapshot.ts";

export type Left = { is: "known"; ignored: IgnoredFields } | { is: "unknown"; why: string };

interface Known {
  rules: IgnoreRules;
  live: LiveObject | undefined;
  left: Left;
}

export class LeftToOthers {
  readonly #rules = keptOn<Snapshot, IgnoreRules>();
  /** While neither the manifest nor the live object is another one, nothing is worked out anew. */
  readonly #known = keptOn<DesiredObject, Known>();

  constructor(private readonly jq: Jq) {}

  /**
   * The rules of an application, each expression looked at.
   * @throws {Failure} invalid-spec where one is none: what it was to leave to others must not be written over
   */
  async rulesOf(snapshot: Snapshot): Promise<IgnoreRules> {
    const known = this.#rules.get(snapshot);
    if (known !== undefined) return known;
    const { app, settings } = snapshot;
    const rules = new IgnoreRules(app.spec.ignoreDifferences, settings.ignore);
    for (const expression of rules.expressions) await this.#refuseBroken(expression, snapshot);
    this.#rules.set(snapshot, rules);
    return rules;
  }

  /**
   * @param live as it is known; undefined where there is none
   * @param askedBy the application whose rules they are
   */
  async of(
    rules: IgnoreRules,
    desired: DesiredObject,
    live: LiveObject | undefined,
    askedBy: AppKey,
  ): Promise<Left> {
    const before = this.#known.get(desired);
    if (before !== undefined && before.rules === rules && before.live === live) return before.left;
    const left = await this.#workOut(rules, desired, live, askedBy);
    if (left.is === "known") this.#known.set(desired, { rules, live, left });
    return left;
  }

  async #workOut(
    rules: IgnoreRules,
    desired: DesiredObject,
    live: LiveObject | undefined,
    askedBy: AppKey,
  ): Promise<Left> {
    const said = rules.of(desired.ref);
    const keys = keysOfControllers(desired.ref, desired.object, live?.object);
    const meant = keys.length === 0 ? said : { ...said, pointers: [...said.pointers, ...keys] };
    if (meant.pointers.length + meant.expressions.length + meant.managers.length === 0)
      return { is: "known", ignored: NOTHING_IGNORED };
    const there = live === undefined ? undefined : comparable(live, desired);
    const found = {
      desired: new Map<string, readonly FieldPath[]>(),
      live: new Map<string, readonly FieldPath[]>(),
    };
    for (const expression of meant.expressions) {
      const wanted = await this.#placesIn(desired.object, desired.hash, expression, askedBy);
      if (wanted.is === "unknown") return wanted;
      found.desired.set(expression.text, wanted.places);
      if (there === undefined) continue;
      const had = await this.#placesIn(there.object, there.key, expression, askedBy);
      if (had.is === "unknown") return had;
      found.live.set(expression.text, had.places);
    }
    return { is: "known", ignored: ignoredFields(meant, desired.object, there?.object, found) };
  }

  async #placesIn(
    object: KubeObject,
    key: string,
    { text, at, plain }: Expression,
    askedBy: AppKey,
  ): Promise<{ is: "places"; places: readonly FieldPath[] } | { is: "unknown"; why: string }> {
    if (plain !== undefined) return { is: "places", places: asPlaces(placesOf(plain, object), object) };
    const found = await this.jq.placesIn({ object, key }, text, askedBy);
    if (found.is === "places") return { is: "places", places: asPlaces(found.places, object) };
    return { is: "unknown", why: `what ${at} (${text}) leaves to others cannot be said: ${found.why}` };
  }

  async #refuseBroken({ text, at }: Expression, { app }: Snapshot): Promise<void> {
    const problem = await this.jq.problemOf(text, keyOfApp(app));
    if (problem === undefined) return;
    const isBroken = problem.lasts === "for-good";
    throw new Failure(
      isBroken ? "invalid-spec" : "exec",
      `Application ${app.metadata.namespace}/${app.metadata.name}`,
      isBroken ? "after-edit" : "backoff",
      {
        cannot: `obey ${at}`,
        why: isBroken ? `${text} is no jq expression: ${problem.why}` : `jq cannot be asked: ${problem.why}`,
        ...(isBroken ? { fix: "Correct it, or name the field in jsonPointers" } : {}),
      },
    );
  }
}

/** What of a live object can be held against its manifest. Status is nobody's to ignore, and changes all the time. */
function comparable(
  { object, apiVersion, detail, uid, contentHash }: LiveObject,
  desired: DesiredObject,
): { object: KubeObject; key: string } | undefined {
  if (apiVersion !== desired.object.apiVersion || (detail ?? "full") !== "full" || contentHash === "")
    return undefined;
  const { status: _status, ...content } = object;
  const {
    managedFields: _fields,
    resourceVersion: _version,
    generation: _generation,
    ...metadata
  } = object.metadata;
  return { object: { ...content, metadata }, key: `${uid} ${contentHash}` };
}
