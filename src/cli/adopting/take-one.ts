import type { AdoptedApplication, TakeableApplication } from "../../core/model/adoption-report.ts";
import type { Application } from "../../core/model/application.ts";
import { show } from "../../core/model/object-ref.ts";
import { differencesOfSeen, seenIn } from "../../core/model/seen-application.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { appPath, ownPath } from "../app-path.ts";
import { CliError } from "../cli-error.ts";
import type { AdoptOptions } from "../commands/adopt.ts";
import type { CliContext } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { Refused } from "../http/refusal.ts";
import { asManifest } from "../print-object.ts";
import type { DiffItem } from "../words/object-diff.ts";
import { reasons } from "../words/why.ts";
import { takeable } from "./argo-side.ts";
import { giveBack, holdingOf, onTrial, sayOther, taken } from "./daemon-side.ts";

export type LookedAt = Extract<AdoptedApplication, { holdfast: unknown }>;

/** More than a person reads of one application. */
const MOST_SHOWN = 10;
/** Users' own checks answer after the first look. */
const HEALTH_TRIES = 10;
const LOOK_AGAIN_MS = 500;

/** What came of one application. `why`: sentences without a full stop. */
export type Taken =
  | { is: "taken"; by: string }
  /** It was taken before. `written`: beside what Argo CD has now. */
  | { is: "already"; written: "alike" | "otherwise" }
  /** Argo CD has it as before, and the daemon does not. */
  | { is: "stays"; why: readonly string[] };

/**
 * Puts one application into the daemon: first on trial, so that the daemon itself says what it would do under its own
 * config, then as it is written. What it judges otherwise than the look did goes back at once.
 * @throws {CliError} where the daemon, or Argo CD, does not answer; what is in the daemon then is for `seenOf` to say
 */
export async function takeOne(
  context: CliContext,
  client: Client,
  { application, manifest }: TakeableApplication & { manifest: Application },
  looked: LookedAt,
  options: AdoptOptions,
): Promise<Taken> {
  const holding = await holdingOf(client, manifest);
  if (holding === "taken") return { is: "already", written: "alike" };
  if (holding === "edited") return { is: "already", written: "otherwise" };
  if (holding === "other") return { is: "stays", why: [await sayOther(client, manifest)] };
  const { path, query } = appPath(manifest);
  const body = onTrial(manifest);
  // What Argo CD cannot render either moves all the same: how it stands is compared below.
  const made = await refusedOr(
    client.send("POST", "/api/v1/applications", { query: { upsert: "true", validate: "false" }, body }),
  );
  if (made.is === "refused") {
    if (holding === "begun") await giveBack(context, client, manifest);
    return { is: "stays", why: made.why };
  }
  const daemonSays = await againstDaemon(context, client, manifest, looked);
  const [now] = (await takeable(context, options)).filter((each) => each.application === application);
  const against = [...daemonSays, ...againstArgo(manifest, now)];
  if (against.length === 0 && now?.letsGo.is === "yes") {
    const put = await refusedOr(
      client.send("PUT", path, {
        ...{ query: { ...query, validate: "false" }, body: asManifest(taken(manifest)) },
      }),
    );
    if (put.is === "done") return { is: "taken", by: now.letsGo.by };
    against.push(...put.why);
  }
  await giveBack(context, client, manifest);
  return { is: "stays", why: against };
}

/** What the daemon has of one whose take was cut off, as it says now. */
export async function seenOf(client: Client, manifest: Application): Promise<string> {
  try {
    switch (await holdingOf(client, manifest)) {
      case "none":
        return "it is not in the daemon";
      case "begun":
        return "the daemon has it without automation, and writes nothing for it: take it again, or undo it";
      case "taken":
        return "the daemon has it, as it is written";
      case "edited":
        return "the daemon has it, and it is written otherwise there than Argo CD has it";
      case "other":
        return "the daemon has another application of this name";
    }
  } catch (cause) {
    if (!(cause instanceof CliError)) throw cause;
    return `whether the daemon has it cannot be told (${cause.message.replace(/\.$/, "")}): take it again, or undo it`;
  }
}

/** Where the daemon found something else than the look did, and why. A health may still be on its way to be known. */
async function againstDaemon(
  context: CliContext,
  client: Client,
  manifest: Application,
  { seen }: LookedAt,
): Promise<string[]> {
  const { path, query } = appPath(manifest);
  for (let tries = 1; ; tries++) {
    const said = await client.get<Application>(path, { ...query, refresh: "normal" });
    const apart = differencesOfSeen(seen, seenIn(said.status));
    if (apart.length === 0) return [];
    if (apart.every(({ of }) => of === "health") && tries < HEALTH_TRIES) await pause(context.signal);
    else {
      const fields = await fieldsByObject(client, said);
      const lines = apart
        .slice(0, MOST_SHOWN)
        .flatMap(({ of, object = "", line }) => [line, ...(of === "sync" ? (fields.get(object) ?? []) : [])]);
      const more = apart.length - MOST_SHOWN;
      return [
        `the daemon judges otherwise than the look did${because(said)}: its config is another one than Argo CD's, or something changed meanwhile`,
        ...lines,
        ...(more > 0 ? [`${more} more differences`] : []),
      ];
    }
  }
}

/** What the daemon would write, a line a field. What cannot be told leaves the verdicts without their reasons. */
async function fieldsByObject(client: Client, app: Application): Promise<Map<string, string[]>> {
  const { items } = await client
    .get<{ items: DiffItem[] }>(ownPath(app, "/diff"))
    .catch((cause: unknown): { items: DiffItem[] } => {
      if (cause instanceof CliError) return { items: [] };
      throw cause;
    });
  const value = (found: unknown): string => (found === undefined ? "nothing" : JSON.stringify(found));
  return new Map(
    items.map((item) => [
      show(item),
      item.fields
        .slice(0, MOST_SHOWN)
        .map(({ path, live, desired }) => `${path}: ${value(live)} in the cluster, ${value(desired)} in Git`),
    ]),
  );
}

async function pause(signal: AbortSignal): Promise<void> {
  await Bun.sleep(LOOK_AGAIN_MS);
  signal.throwIfAborted();
}

function againstArgo(manifest: Application, now: TakeableApplication | undefined): string[] {
  if (now === undefined) return ["Argo CD has it no more"];
  if (now.letsGo.is === "no") return [now.letsGo.why];
  return now.manifest !== undefined && equalJson(now.manifest, manifest)
    ? []
    : ["it was edited while it was looked at"];
}

function because(app: Application): string {
  const [first] = reasons(app);
  return first === undefined ? "" : ` (${first.text})`;
}

/** A no to this one application is an answer; no answer at all, or a no to whoever asks, is none. */
async function refusedOr(
  answer: Promise<unknown>,
): Promise<{ is: "done" } | { is: "refused"; why: readonly string[] }> {
  try {
    await answer;
    return { is: "done" };
  } catch (cause) {
    const isOfThisOne =
      cause instanceof Refused &&
      cause.status < 500 &&
      cause.status !== 401 &&
      cause.code !== EXIT.unreachable;
    if (!isOfThisOne) throw cause;
    return { is: "refused", why: [[cause.message, ...cause.hints].join(" ").replace(/[.:]$/, "")] };
  }
}
