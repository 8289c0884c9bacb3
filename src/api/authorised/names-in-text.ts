/** Applications that a sentence names, and the same sentence for somebody who may not see all of them. */
import type { AppKey } from "../../core/model/application.ts";

/** What is said of one that somebody may not see. */
export const UNSEEN = "another application that you may not see";

/**
 * `said`: by its name, of any application. `owner`: as whose an object is, which may be an application that is gone, or
 * another installation's.
 */
export type NamedAs = "said" | "owner";
export type MustHide = (key: AppKey, as: NamedAs) => boolean;

/** Words before a name that say what it is the name of. */
const OF_ONE = String.raw`(?:\b(?:[Aa]n|[Tt]he) )?(?:\bargoproj\.io/)?\b[Aa]pplication `;
/**
 * `namespace/name`, as sentences write an application, with the marks around it. It begins where a run of such signs begins
 * and nowhere within one, and neither part is longer than a name may be: a text takes as long as it is long.
 */
const KEY = new RegExp(
  `((?:${OF_ONE})?)(?<![-a-z0-9.])([-.]*)([a-z0-9][-a-z0-9.]{0,252}/[a-z0-9][-a-z0-9.]{0,252})`,
  "g",
);
/** As tracking ids name it: without the home's namespace, or with another one before a `_`. */
const TRACKED = new RegExp(`(belongs to )?${OF_ONE}([a-z0-9][-a-z0-9._]{0,505})(?![-a-z0-9._/])`, "g");
/** Before the name of an object, which is none of an application: `apps/Deployment shop/cart`, `Secret shop/cart`. */
const OBJECT =
  /(?:^|[\s("'])(?:[a-z0-9.-]{1,253}\/(?!Application )[A-Z]\w{0,62}|ConfigMap|Secret|Service|ServiceAccount|Pod|PodTemplate|Endpoints|Event|LimitRange|PersistentVolumeClaim|ReplicationController|ResourceQuota|ApplicationSet) $/;
/** Longer than whatever stands before an object's name. */
const BEFORE = 340;

/** The very same text where nothing in it is to be hidden. */
export function textInSight(text: string, homeNamespace: string, mustHide: MustHide): string {
  if (!text.includes("/") && !text.includes("pplication ")) return text;
  const withoutKeys = text.replace(
    KEY,
    (said: string, words: string, marks: string, named: string, at: number) => {
      const key = withoutLastMarks(named, "-.");
      if (words === "" && OBJECT.test(text.slice(Math.max(0, at - BEFORE), at))) return said;
      return mustHide(key as AppKey, "said")
        ? `${words === "" || marks === "" ? "" : words}${marks}${UNSEEN}${named.slice(key.length)}`
        : said;
    },
  );
  return withoutKeys.replace(TRACKED, (said: string, owns: string | undefined, named: string) => {
    const name = withoutLastMarks(named, "-._");
    const key = keyOfTracked(name, homeNamespace);
    return mustHide(key, owns === undefined ? "said" : "owner")
      ? `${owns ?? ""}${UNSEEN}${named.slice(name.length)}`
      : said;
  });
}

/** `<app>:<group>/<kind>:<namespace>/<name>`: who has the object that bears it. */
export function trackingIdInSight(id: string, homeNamespace: string, mustHide: MustHide): string {
  const [, app = "", rest = ""] = /^([a-z0-9][-a-z0-9._]*)(:[^/:]*\/[^:]*:.*)$/s.exec(id) ?? [];
  return app !== "" && mustHide(keyOfTracked(app, homeNamespace), "owner") ? `${UNSEEN}${rest}` : id;
}

function keyOfTracked(name: string, homeNamespace: string): AppKey {
  const at = name.indexOf("_");
  return (at < 0 ? `${homeNamespace}/${name}` : `${name.slice(0, at)}/${name.slice(at + 1)}`) as AppKey;
}

/** What ends a sentence is no part of the name before it. */
function withoutLastMarks(named: string, marks: string): string {
  let end = named.length;
  while (end > 0 && marks.includes(named.charAt(end - 1))) end--;
  return named.slice(0, end);
}
