import type { AdoptedApplication, TakeableApplication } from "../../core/model/adoption-report.ts";
import type { Application } from "../../core/model/application.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { appPath } from "../app-path.ts";
import { CliError } from "../cli-error.ts";
import type { AdoptOptions } from "../commands/adopt.ts";
import type { CliContext } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { Refused } from "../http/refusal.ts";
import { asManifest } from "../print-object.ts";
import { syncOf } from "../words/app-words.ts";
import { reasons } from "../words/why.ts";
import { takeable } from "./argo-side.ts";
import { giveBack, holdingOf, onTrial, taken } from "./daemon-side.ts";

export type LookedAt = Extract<AdoptedApplication, { holdfast: unknown }>;

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
  if (holding === "other")
    return {
      is: "stays",
      why: [
        `the daemon has another application of this name: look at it with holdfast app get ${application}`,
      ],
    };
  const { path, query } = appPath(manifest);
  const body = onTrial(manifest);
  const made = await refusedOr(
    client.send("POST", "/api/v1/applications", { query: { upsert: "true" }, body }),
  );
  if (made.is === "refused") {
    if (holding === "begun") await giveBack(context, client, manifest);
    return { is: "stays", why: made.why };
  }
  const said = await client.get<Application>(path, { ...query, refresh: "normal" });
  const [now] = (await takeable(context, options)).filter((each) => each.application === application);
  const against = [...againstDaemon(said, looked), ...againstArgo(manifest, now)];
  if (against.length === 0 && now?.letsGo.is === "yes") {
    const put = await refusedOr(client.send("PUT", path, { query, body: asManifest(taken(manifest)) }));
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

function againstDaemon(said: Application, looked: LookedAt): string[] {
  const expected = expectedOf(looked);
  return syncOf(said) === expected
    ? []
    : [
        `the daemon says ${syncOf(said)}, and the look said ${expected}${because(said)}: its config is another one than Argo CD's`,
      ];
}

function againstArgo(manifest: Application, now: TakeableApplication | undefined): string[] {
  if (now === undefined) return ["Argo CD has it no more"];
  if (now.letsGo.is === "no") return [now.letsGo.why];
  return now.manifest !== undefined && equalJson(now.manifest, manifest)
    ? []
    : ["it was edited while it was looked at"];
}

/** What a daemon says of its sync: tracking ids that are missing have it OutOfSync until they are written. */
function expectedOf({ holdfast, byLabel }: LookedAt): string {
  return byLabel > 0 ? "OutOfSync" : (holdfast.sync ?? "");
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
