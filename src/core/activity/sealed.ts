import { canonicalJson } from "../../lib/canonical-json.ts";
import { defined } from "../../lib/defined.ts";
import { hashSha256 } from "../../lib/hash.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import {
  type ActivityEntry,
  type ActivityHead,
  type ActivityNote,
  type ActivityObject,
  type ChainRow,
  NO_HASH,
} from "../model/activity.ts";
import { refOfApp } from "../model/application.ts";
import { cleaned, cleanedPair, cleanedText } from "./cleaned.ts";
import { whoIs } from "./who-is.ts";

const MOST_REASON = 500;
const MOST_AGENT = 200;
const MOST_WORD = 300;

/**
 * A note as it is kept behind `head`: masked, bounded, and its hash over all of it and the hash before.
 * @param seq its number: one more than the head's
 */
export function sealed(note: ActivityNote, seq: number, head: ActivityHead | undefined): ChainRow {
  const text = canonicalJson({ ...whole(note), seq, previous: head?.hash ?? NO_HASH });
  return { seq, text, hash: hashSha256(text) };
}

/** @throws {SyntaxError} where the text is no JSON any more */
export function entryIn({ text, hash }: Pick<ChainRow, "text" | "hash">): ActivityEntry {
  return { ...(JSON.parse(text) as Omit<ActivityEntry, "hash">), hash };
}

function whole(note: ActivityNote): Omit<ActivityEntry, "seq" | "previous" | "hash"> {
  const { at, actor, who = whoIs(actor), from, action, app, outcome = { is: "done" }, count } = note;
  const details = cleaned(note.details) as Record<string, unknown>;
  const reason = note.reason ?? reasonIn(action, details);
  const project = note.project ?? projectIn(note);
  return {
    at,
    actor: cleanedText(actor, MOST_WORD),
    action: cleanedText(action, MOST_WORD),
    outcome: outcome.is === "done" ? outcome : { ...outcome, why: cleanedText(outcome.why, MOST_REASON) },
    ...cleanedPair(note.before, note.after),
    details,
    ...defined({
      app,
      count,
      who: cleaned(who) as ActivityNote["who"],
      object: note.object ?? objectIn(note),
      from: from && {
        address: cleanedText(from.address, MOST_WORD),
        ...(from.agent === undefined ? {} : { agent: cleanedText(from.agent, MOST_AGENT) }),
      },
      project: project && cleanedText(project, MOST_WORD),
      reason: reason === undefined || reason === "" ? undefined : cleanedText(reason, MOST_REASON),
    }),
  };
}

function objectIn({ app, details }: ActivityNote): ActivityObject | undefined {
  if (app !== undefined) {
    const { namespace, name } = refOfApp(app);
    return { kind: "application", namespace, name };
  }
  const { applicationset, project, cluster } = details;
  if (typeof applicationset === "string") {
    const [namespace = "", name = ""] = applicationset.split("/");
    return { kind: "applicationset", namespace, name };
  }
  if (typeof cluster === "string") return { kind: "cluster", name: cluster };
  return typeof project === "string" ? { kind: "project", name: project } : undefined;
}

function projectIn({ details, after, before }: ActivityNote): string | undefined {
  const found = [details["project"], ...[after, before].map((state) => pathIn(state, "spec", "project"))];
  return found.find((each) => typeof each === "string" && each !== "") as string | undefined;
}

/** What people gave as their reason before there was a place for it. */
function reasonIn(action: string, { reason, why }: Record<string, unknown>): string | undefined {
  if (typeof reason === "string") return reason;
  return (action === "pause" || action === "resume") && typeof why === "string" ? why : undefined;
}

function pathIn(value: unknown, ...[key = "", ...deeper]: string[]): unknown {
  const inner = isMapping(value) ? value[key] : undefined;
  return deeper.length === 0 ? inner : pathIn(inner, ...deeper);
}
