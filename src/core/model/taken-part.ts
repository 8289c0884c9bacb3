import type { CommitSha } from "./commit-sha.ts";
import type { Digest } from "./source-revision.ts";

/**
 * What a deployment took from elsewhere beside its sources, as it was found then. `asked` is what a file of the sources
 * asks for: with it, and the address without userinfo, the part is found again.
 */
export type TakenPart =
  | { is: "base"; repoURL: string; asked: string; commit: CommitSha }
  | { is: "file"; url: string; digest: Digest }
  /** `digest` is the archive's. */
  | { is: "chart"; repoURL: string; name: string; asked: string; version: string; digest: Digest };

/** `redis 17.3.2 of https://charts.example.com`, `https://git.example.com/base main at 9f2e1aa4c5d6` */
export function showPart(part: TakenPart): string {
  switch (part.is) {
    case "chart":
      return `${part.name} ${part.version} of ${part.repoURL}`;
    case "base": {
      const { repoURL, asked, commit } = part;
      return `${repoURL}${asked === "" || asked === commit ? "" : ` ${asked}`} at ${commit.slice(0, 12)}`;
    }
    case "file":
      return `${part.url} (${part.digest.slice(0, "sha256:".length + 12)})`;
  }
}

/** Whether what a file asks for names it, so that it is the same at any time. */
export function isNamed(part: TakenPart): boolean {
  switch (part.is) {
    case "chart":
      return part.asked === part.version;
    case "base":
      return part.asked === part.commit;
    case "file":
      return false;
  }
}
