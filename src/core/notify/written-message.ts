/** Templates of Argo CD's settings as Go templates that our engine runs, and what comes of them. Pure. */
import { defined } from "../../lib/defined.ts";
import type { ArgoTemplate } from "../argocd/notifications.ts";
import type { DestinationName, WrittenMessage } from "../model/notification.ts";
import { fullNameOf, httpsOf } from "./ask-triggers.ts";

/** One word of a Go template: a path, a text, or something in brackets. */
const WORD = String.raw`(?:\(\s*[^()]*\)|"(?:[^"\\]|\\.)*"|[.$][\w.$]*)`;

/**
 * Functions that Argo CD hands to templates as values, and what says the same to our engine, whose data is JSON. A commit
 * is that of the last sync, whichever revision is named.
 */
const CALLS: readonly [RegExp, string][] = [
  [new RegExp(String.raw`call\s+\.repo\.GetCommitMetadata\s+${WORD}`, "g"), ".holdfast.commit"],
  [new RegExp(String.raw`call\s+\.repo\.RepoURLToHTTPS\s+${WORD}`, "g"), ".holdfast.https"],
  [new RegExp(String.raw`call\s+\.repo\.FullNameByRepoURL\s+${WORD}`, "g"), ".holdfast.fullName"],
  [new RegExp(String.raw`call\s+\.repo\.QueryEscape\s+(${WORD})`, "g"), "urlquery $1"],
  [/call\s+\.time\.Now\b/g, "now"],
  [new RegExp(String.raw`call\s+\.time\.Parse\s+(${WORD})`, "g"), 'toDate "2006-01-02T15:04:05Z07:00" $1'],
  [new RegExp(String.raw`call\s+\.strings\.ToUpper\s+(${WORD})`, "g"), "upper $1"],
  [new RegExp(String.raw`call\s+\.strings\.ToLower\s+(${WORD})`, "g"), "lower $1"],
  [
    new RegExp(String.raw`call\s+\.strings\.ReplaceAll\s+(${WORD})\s+(${WORD})\s+(${WORD})`, "g"),
    "replace $2 $3 $1",
  ],
];

/** @returns the texts of these templates together, a later one's before an earlier one's; what cannot be run of them */
export function textsFor(templates: readonly ArgoTemplate[]): {
  texts: Record<string, string>;
  wrong: string | undefined;
} {
  const texts: Record<string, string> = {};
  let wrong: string | undefined;
  for (const template of templates)
    for (const [path, text] of Object.entries(template.texts)) {
      const ours = CALLS.reduce((all, [from, to]) => all.replace(from, to), text);
      const [left] = /call\s+\.(?:repo|time|strings|sync)\.\w+/.exec(ours) ?? [];
      if (left !== undefined)
        wrong = `template.${template.name}: ${path}: {{${left}}} is not run. Say it by a field of .app, or by sprig's functions`;
      texts[path] = ours;
    }
  return { texts, wrong };
}

export function templateData({
  app,
  appProject,
  context,
  secrets,
  to: { service, recipient },
  commit,
}: {
  app: Record<string, unknown>;
  appProject: Record<string, unknown> | undefined;
  context: Record<string, unknown>;
  secrets: Record<string, string>;
  to: DestinationName;
  commit: { author: string; date: string; message: string } | undefined;
}): Record<string, unknown> {
  const spec = app["spec"] as { source?: { repoURL?: string }; sources?: { repoURL?: string }[] } | undefined;
  const repoURL = spec?.source?.repoURL ?? spec?.sources?.[0]?.repoURL ?? "";
  return {
    ...{ app, appProject: appProject ?? {}, context, secrets, serviceType: service, recipient },
    holdfast: {
      commit: {
        Author: commit?.author ?? "",
        Message: commit?.message ?? "",
        Date: commit?.date ?? "",
        Tags: [],
      },
      https: httpsOf(repoURL),
      fullName: fullNameOf(repoURL),
    },
  };
}

/** @param values filled in, by path @param service whose parts of `webhook` are meant */
export function writtenOf(values: Readonly<Record<string, string>>, service: string): WrittenMessage {
  const part = <K extends string>(prefix: string, keys: readonly K[]): { [P in K]?: string } | undefined => {
    const found = keys.flatMap((key): [K, string][] => {
      const value = values[`${prefix}${key}`];
      return value === undefined ? [] : [[key, value]];
    });
    return found.length === 0 ? undefined : (Object.fromEntries(found) as { [P in K]?: string });
  };
  const webhook = part(`webhook/${service}/`, ["method", "path", "body"] as const);
  const teams = {
    ...part("teams.", ["title", "text", "summary"] as const),
    ...part("teams-workflows.", ["title", "text", "adaptiveCard"] as const),
  };
  const status = part("github.status.", ["state", "label", "targetURL"] as const);
  const github = {
    ...status,
    ...(values["github.repoURLPath"] === undefined ? {} : { repoURL: values["github.repoURLPath"] }),
    ...(values["github.revisionPath"] === undefined ? {} : { revision: values["github.revisionPath"] }),
  };
  const email = part("email.", ["subject", "body"] as const);
  const slack = part("slack.", ["attachments", "blocks"] as const);
  return {
    ...(values["message"] === undefined ? {} : { message: values["message"] }),
    ...defined({ email }),
    ...defined({ slack }),
    ...(Object.keys(teams).length === 0 ? {} : { teams }),
    ...(webhook === undefined ? {} : { webhook: { "": webhook } }),
    ...(Object.keys(github).length === 0 ? {} : { github }),
  };
}
