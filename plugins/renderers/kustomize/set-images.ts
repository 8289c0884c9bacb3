import { Failure } from "../../../src/core/model/failure.ts";
import { defined } from "../../../src/lib/defined.ts";

/** An entry of `images` as a kustomization has it. Fields that are not known here are kept. */
type Image = Record<string, unknown>;

/** In place of a name, tag or digest: keep what the file says. */
const KEEP = "*";
const WITH_TAG = /^(.*):([a-zA-Z0-9._-]+|\*)$/;

/**
 * Images as `kustomize edit set image` sets them: `name=new:tag`, `name=new@digest`, `name=new`, `name:tag`,
 * `name@digest`. Entries of other names stay; the result is sorted by name.
 * @throws {Failure} invalid-spec for a text of another form
 */
export function setImages(before: readonly Image[], wanted: readonly string[]): Image[] {
  const imageByName = new Map<string, Image>(before.map((image) => [String(image["name"]), image]));
  for (const text of wanted) {
    const image = parseImage(text);
    const had = before.find(({ name }) => name === image["name"]);
    for (const field of ["newName", "newTag", "digest"]) {
      if (image[field] === KEEP) image[field] = had?.[field];
    }
    imageByName.set(
      String(image["name"]),
      Object.fromEntries(Object.entries(image).filter(([, value]) => value !== undefined && value !== "")),
    );
  }
  return [...imageByName.values()].sort((a, b) => (String(a["name"]) < String(b["name"]) ? -1 : 1));
}

function parseImage(text: string): Image {
  const [name = "", replacement, ...more] = text.split("=");
  if (more.length === 0 && name !== "") {
    if (replacement === undefined) {
      const { name: own, ...rest } = parseReference(name);
      if (own !== undefined && (rest.newTag !== undefined || rest.digest !== undefined))
        return { name: own, ...rest };
    } else if (replacement !== "") {
      const { name: newName, ...rest } = parseReference(replacement);
      return { name, newName: newName ?? replacement, ...rest };
    }
  }
  throw new Failure("invalid-spec", "spec.source.kustomize.images", "after-edit", {
    cannot: "render",
    why: `${text} is no image`,
    fix: "Write name=new:tag, name=new@digest, name=new, name:tag or name@digest",
  });
}

function parseReference(text: string): { name?: string; newTag?: string; digest?: string } {
  const at = text.indexOf("@");
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const beforeDigest = at < 0 ? text : text.slice(0, at);
  const [, name, newTag] = WITH_TAG.exec(beforeDigest) ?? [];
  return {
    name: name ?? beforeDigest,
    ...defined({ newTag, digest }),
  };
}
