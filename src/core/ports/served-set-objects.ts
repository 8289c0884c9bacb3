import type { Application } from "../model/application.ts";
import type { ApplicationSet, SetKey } from "../model/application-set.ts";
import type { ApplicationSetStatus } from "../model/application-set-status.ts";
import type { Problem } from "../model/problem.ts";
import type { RecordAnswer } from "./custom-resources.ts";
import type { Children, KnownSet, SetChild, WrittenOver } from "./sets-home.ts";

/** ApplicationSets that Holdfast serves itself, and the applications that it serves, those of sets among them. */
export interface ServedSetObjects {
  /** Told in the same step. @returns ends it */
  onChange(listener: () => void): () => void;
  /** The very same map for good. */
  readonly children: Children;
  sets(): { sets: KnownSet[]; unreadable: Set<SetKey>; problems: Problem[] };
  /** Each of these throws a Failure of the store where it could not be written down. */
  put(set: ApplicationSet, over: WrittenOver): RecordAnswer;
  delete(key: SetKey): RecordAnswer;
  make(set: Pick<KnownSet, "key" | "uid">, app: Application): RecordAnswer;
  change(child: SetChild, app: Application): RecordAnswer;
  /** @param objects `stay`: what it delivered is left as it is */
  remove(child: Pick<SetChild, "key" | "uid">, objects: "as-it-says" | "stay"): RecordAnswer;
  show(key: SetKey, status: ApplicationSetStatus): void;
  refreshed(key: SetKey, written: string): void;
  /** One that is to go, goes. @param applications `nobodys`: what is left of them is no set's; `of-the-name`: it is of whoever has the name */
  release(key: SetKey, applications: "nobodys" | "of-the-name"): void;
  /** What is left of the applications of this name is no set's any more. */
  disown(key: SetKey): void;
}
