/** What was taken from elsewhere, as it is written down of a deployment, and taken again for a rollback. */
import { asFailure, Failure } from "../../core/model/failure.ts";
import type { Digest } from "../../core/model/source-revision.ts";
import type { TakenPart } from "../../core/model/taken-part.ts";
import type { ForeignChart, ForeignTree, Rendered } from "../../core/ports/renderers.ts";
import { defined } from "../../lib/defined.ts";
import { withoutUserinfo } from "../../lib/url-userinfo.ts";

type Part<Is extends TakenPart["is"]> = Extract<TakenPart, { is: Is }>;

/** Each once, in the order in which they were asked for. */
export function takenParts({ charts, bases }: Pick<Rendered, "charts" | "bases">): TakenPart[] {
  const all = [
    ...charts.map(
      ({ asked: { repoURL, name, version: asked }, found: { version, digest } }): TakenPart => ({
        is: "chart",
        repoURL: withoutUserinfo(repoURL),
        ...{ name, asked, version },
        digest: digest as Digest,
      }),
    ),
    ...bases.map(
      (base): TakenPart =>
        base.is === "tree"
          ? {
              is: "base",
              repoURL: withoutUserinfo(base.asked.repoURL),
              asked: base.asked.revision,
              commit: base.found.commit,
            }
          : { is: "file", url: withoutUserinfo(base.asked), digest: base.found.digest },
    ),
  ];
  return [...new Map(all.map((part) => [JSON.stringify(part), part])).values()];
}

export function takenBase(
  taken: readonly TakenPart[],
  { repoURL, revision }: ForeignTree,
): Part<"base"> | undefined {
  const url = withoutUserinfo(repoURL);
  return taken.find(
    (part): part is Part<"base"> => part.is === "base" && part.repoURL === url && part.asked === revision,
  );
}

export function takenFile(taken: readonly TakenPart[], url: string): Part<"file"> | undefined {
  const bare = withoutUserinfo(url);
  return taken.find((part): part is Part<"file"> => part.is === "file" && part.url === bare);
}

export function takenChart(
  taken: readonly TakenPart[],
  { repoURL, name, version }: ForeignChart,
): Part<"chart"> | undefined {
  const url = withoutUserinfo(repoURL);
  return taken.find(
    (part): part is Part<"chart"> =>
      part.is === "chart" && part.repoURL === url && part.name === name && part.asked === version,
  );
}

/** Runs `bring`; what it throws says that it is what a deployment was made of. @param what `redis 17.3.2` */
export async function asItWas<T>(object: string, what: string, bring: () => Promise<T>): Promise<T> {
  try {
    return await bring();
  } catch (cause) {
    const { code, retry, why, retryAfterMs } = asFailure(cause, withoutUserinfo(object), "fetch it");
    throw new Failure(code, withoutUserinfo(object), retry, {
      cannot: "fetch it",
      why: `${what}, which that deployment was made of, cannot be had: ${why}`,
      fix: "Choose another deployment, or put it back there",
      ...defined({ retryAfterMs }),
      cause,
    });
  }
}
