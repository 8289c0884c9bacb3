import { join } from "node:path";
import { Failure } from "../../core/model/failure.ts";
import { messageOf } from "../../lib/caught.ts";
import { type Json, numberAt } from "../json.ts";
import type { DemoApp } from "./demo-files.ts";
import { demoApp, type RepositoryWriter } from "./demo-repository.ts";

/** What was done, for people: the first line is what happened, the others what to look at. */
export interface DemoDone {
  lines: string[];
}

/** Why nothing comes of it by itself, and what is typed first, behind the program's name. */
export interface Kept {
  why: string;
  first: string;
}

/** What there is to see of it, and before that what is in its way. */
function watching(kept: Kept | undefined, command: string, watch: string): string[] {
  if (kept === undefined) return [watch];
  return [
    `${kept.why}, so nothing of this reaches the cluster by itself. First:  ${command} ${kept.first}`,
    `Then ${watch.charAt(0).toLowerCase()}${watch.slice(1)}`,
  ];
}

/**
 * Counts a number in the repository up by one, from its highest back to its lowest, and commits it.
 *
 * @param command how this program is called here, for the lines that say what to type
 * @param kept what is in the way of its delivery
 */
export async function demoCommit(
  dir: string,
  git: RepositoryWriter,
  name?: string,
  command = "holdfast",
  kept?: Kept,
): Promise<DemoDone> {
  const app = demoApp(name);
  const { file, before, from, to, says } = app.count;
  const text = await read(dir, file);
  const current = Number(find(text, before, /\d+/, file));
  const next = current >= to ? from : current + 1;
  const commit = await git.commitAll(
    dir,
    { [file]: text.replace(`${before}${current}`, `${before}${next}`) },
    `${app.name}: ${says} ${current} -> ${next}`,
  );
  return {
    lines: [
      `Committed ${commit.slice(0, 7)}: ${says} of ${app.name} is ${next} now, it was ${current}.`,
      ...watching(
        kept,
        command,
        `Watch ${app.name} turn OutOfSync, then Synced again with ${next} Pods of ${app.deployment}:  ${command} app get ${app.name}`,
      ),
    ],
  };
}

/** Sets an image tag that never starts, and commits it. */
export async function demoBreak(
  dir: string,
  git: RepositoryWriter,
  name?: string,
  command = "holdfast",
  kept?: Kept,
): Promise<DemoDone> {
  const app = demoApp(name);
  const { file, before, after } = app.tag;
  const text = await read(dir, file);
  const current = find(text, before, /[\w.-]+/, file);
  if (current === "broken")
    return {
      lines: [
        `${app.name} is broken already: its image's tag is "broken" in ${file}.`,
        `Mend it:  ${command} demo heal ${app.name}`,
      ],
    };
  const commit = await git.commitAll(
    dir,
    { [file]: text.replace(`${before}${current}${after}`, `${before}broken${after}`) },
    `${app.name}: image ${current} -> broken`,
  );
  return {
    lines: [
      `Committed ${commit.slice(0, 7)}: the image of ${app.name} has the tag "broken" now, and no such container starts.`,
      ...watching(
        kept,
        command,
        `Watch ${app.name} turn Degraded, with the Pod and its reason; the old Pods go on serving:  ${command} app get ${app.name}`,
      ),
      `Mend it:  ${command} demo heal ${app.name}`,
    ],
  };
}

/** Takes the broken tag back by a commit, as `git revert` would. */
export async function demoHeal(
  dir: string,
  git: RepositoryWriter,
  name?: string,
  command = "holdfast",
  kept?: Kept,
): Promise<DemoDone> {
  const app = demoApp(name);
  const { file, before, good, after } = app.tag;
  const text = await read(dir, file);
  const current = find(text, before, /[\w.-]+/, file);
  if (current !== "broken")
    return {
      lines: [
        `${app.name} is not broken: its image's tag is "${current}" in ${file}.`,
        `Break it first:  ${command} demo break ${app.name}`,
      ],
    };
  const commit = await git.commitAll(
    dir,
    { [file]: text.replace(`${before}broken${after}`, `${before}${good}${after}`) },
    `Revert "${app.name}: image ${good} -> broken"`,
  );
  return {
    lines: [
      `Committed ${commit.slice(0, 7)}: the image of ${app.name} has the tag "${good}" again.`,
      ...watching(kept, command, `Watch ${app.name} become Healthy:  ${command} app get ${app.name}`),
    ],
  };
}

/** How to reach the demo's cluster. */
export interface DemoCluster {
  url: string;
  token: string;
  /** PEM. */
  ca: string;
}

/**
 * Scales a Deployment in the cluster, past Git, as a person would with kubectl.
 *
 * @throws {Failure} cluster-unreachable where the demo does not run, not-found before its first sync
 */
export async function demoEdit(
  { url, token, ca }: DemoCluster,
  name?: string,
  command = "holdfast",
  kept?: Kept,
): Promise<DemoDone> {
  const app = demoApp(name);
  const path = `${url}/apis/apps/v1/namespaces/${app.namespace}/deployments/${app.deployment}/scale`;
  const ask = (init: RequestInit): Promise<Json> =>
    request(
      `${path}${init.method === "PATCH" ? "?fieldManager=kubectl" : ""}`,
      {
        ...init,
        headers: {
          Authorization: `Bearer ${token}`,
          "Content-Type": "application/merge-patch+json",
          "User-Agent": "kubectl/demo",
        },
      },
      ca,
      app,
    );
  const current = numberAt(await ask({ method: "GET" }), "spec", "replicas") ?? 0;
  const next = current + 3;
  await ask({ method: "PATCH", body: JSON.stringify({ spec: { replicas: next } }) });
  return {
    lines: [
      `Scaled Deployment ${app.namespace}/${app.deployment} from ${current} to ${next} by hand; Git says ${current}.`,
      kept === undefined
        ? `Holdfast puts it back in a moment; among the syncs it is a self-heal:  ${command} runs --app ${app.name}`
        : `${kept.why}, so Holdfast does not put it back by itself. First:  ${command} ${kept.first}`,
    ],
  };
}

async function request(url: string, init: RequestInit, ca: string, app: DemoApp): Promise<Json> {
  const object = `Deployment ${app.namespace}/${app.deployment}`;
  let answer: Response;
  try {
    answer = await fetch(url, { ...init, tls: { ca } });
  } catch (cause) {
    throw new Failure("cluster-unreachable", url, "backoff", {
      cannot: "change the demo's cluster",
      why: messageOf(cause),
      fix: "Start the demo first: holdfast demo",
      cause,
    });
  }
  if (answer.status === 404)
    throw new Failure("not-found", object, "backoff", {
      cannot: "scale it",
      why: "the cluster does not have it yet",
      fix: `Wait until ${app.name} is Synced`,
    });
  if (!answer.ok)
    throw new Failure("refused", object, "after-edit", {
      cannot: "scale it",
      why: `the cluster answered ${answer.status}: ${await answer.text()}`,
    });
  return (await answer.json()) as Json;
}

async function read(dir: string, file: string): Promise<string> {
  const found = Bun.file(join(dir, file));
  if (await found.exists()) return found.text();
  throw new Failure("git-path", join(dir, file), "after-edit", {
    cannot: "read it",
    why: "there is no such file",
    fix: "Start the demo first: holdfast demo",
  });
}

function find(text: string, before: string, value: RegExp, file: string): string {
  const at = text.indexOf(before);
  const match = at < 0 ? null : new RegExp(`^(?:${value.source})`).exec(text.slice(at + before.length));
  if (match !== null) return match[0];
  throw new Failure("invalid-spec", file, "after-edit", {
    cannot: "find what to change",
    why: `it has no line with ${JSON.stringify(before.trim())} any more`,
    fix: "Change it by hand and commit it",
  });
}
