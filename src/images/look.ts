/** What is there for the images of one application, and what would be chosen. Writes nothing. */
import {
  byBuild,
  type Considered,
  chooseTag,
  considerTags,
  type KnownTag,
  type LeftOut,
} from "../core/images/choose-tag.ts";
import { parseImageName, placeOfImage } from "../core/images/image-name.ts";
import type { WantedImage } from "../core/images/wanted-images.ts";
import { showVersion, type Version } from "../core/images/write-images.ts";
import type { Application } from "../core/model/application.ts";
import { asFailure, Failure } from "../core/model/failure.ts";
import type { ImageLook } from "../core/model/image-update.ts";
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import { defined } from "../lib/defined.ts";
import { timestamp } from "../lib/timestamp.ts";
import type { ImagesPorts } from "./images-ports.ts";

/** Shown of each list. */
const MOST_SHOWN = 20;
/** Tags of one image that are looked into, which takes up to three requests each. */
const MOST_LOOKED_INTO = 500;
/** Tags in a row that are looked into for one that is there for a platform. */
const MOST_TRIED = 20;
/** A tag that named an image names another one rarely: asked again after so long, or at once where it was pushed. */
const TAG_FRESH_MS = 3_600_000;

export interface LookedImage {
  wanted: WantedImage;
  look: ImageLook;
  /** What is to be written, where it is not there already. */
  write?: Version;
  /** What runs and is to stay: whoever writes something else over it would have it written back. */
  kept?: Version;
  /** What was chosen, to be remembered. */
  known?: KnownTag;
}

/** @param asOf milliseconds since 1970: what registries said then or later is new enough */
export async function lookAt(
  app: Application,
  wanted: WantedImage,
  before: KnownTag | undefined,
  ports: ImagesPorts,
  asOf: number,
): Promise<LookedImage> {
  const { image, rules } = wanted;
  const running = runningVersions(app, image);
  const shown = {
    ...{ alias: wanted.alias, image: image.name, constraint: rules.constraint, strategy: rules.strategy },
    ...{ candidates: [], candidateCount: 0, out: [] },
    ...defined({ current: shownVersions(running) }),
  };
  if (running.length === 0 && wanted.update === "where-used")
    return {
      wanted,
      look: {
        ...shown,
        is: "unused",
        why: "no container of the application runs it; force-update has it written all the same",
      },
    };
  try {
    const reached = await ports.imageAccess(app, image.registry, image.repository, wanted.pullSecret);
    if (reached.is === "refused")
      throw new Failure("refused", image.name, "after-edit", {
        cannot: "ask its registry",
        ...{ why: reached.why, fix: reached.fix },
      });
    const found = await candidates(reached.access, wanted, ports, asOf);
    ports.observe.looked("done");
    return concluded(wanted, { ...shown, ...toldOf(found) }, found, running, before);
  } catch (cause) {
    ports.observe.looked("failed");
    const failure = asFailure(cause, image.name, "ask its registry");
    return { wanted, look: { ...shown, is: "failed", why: failure.message } };
  }
}

interface Found {
  best: KnownTag | undefined;
  /** Best first. */
  order: readonly string[];
  out: readonly LeftOut[];
}

function concluded(
  wanted: WantedImage,
  shown: Omit<ImageLook, "is">,
  { best }: Found,
  running: readonly Version[],
  before: KnownTag | undefined,
): LookedImage {
  const tagNow = running.find(({ tag }) => tag !== best?.tag)?.tag ?? running[0]?.tag ?? "";
  const chosen = chooseTag(wanted.rules, best, tagNow, before);
  if (chosen.is !== "chosen") {
    const is = chosen.is === "kept" ? "kept" : "failed";
    return { wanted, look: { ...shown, is, why: chosen.why }, ...defined({ known: before }) };
  }
  const known = chosen.tag;
  const version = versionOf(wanted, known);
  const runs = running.length > 0 && running.every((one) => isVersion(one, version, wanted));
  return {
    wanted,
    look: {
      ...shown,
      is: runs ? "newest" : "update",
      chosen: showVersion(version),
      ...(known.built === undefined ? {} : { chosenAt: timestamp(known.built) }),
    },
    known,
    ...(runs && wanted.update === "where-used" ? { kept: version } : { write: version }),
  };
}

function versionOf({ pin }: WantedImage, { tag, digest }: KnownTag): Version {
  return { tag, ...(pin === "digest" ? defined({ digest }) : {}) };
}

/** What runs by its digest alone is the same, whatever tag it had. */
function isVersion(running: Version, chosen: Version, { pin }: WantedImage): boolean {
  if (pin === "digest") return running.digest === chosen.digest;
  return running.tag === chosen.tag;
}

async function candidates(
  access: RepositoryAccess,
  wanted: WantedImage,
  ports: ImagesPorts,
  asOf: number,
): Promise<Found> {
  const { registry } = ports;
  const { rules, platforms, pin } = wanted;
  if (rules.strategy === "digest") {
    const tag = rules.constraint;
    const one =
      platforms.length === 0
        ? await registry
            .digest(access, tag, asOf)
            .then((digest) => digest && { digest, platform: "there" as const })
        : await registry.image(access, tag, platforms, asOf);
    if (!one) return { best: undefined, order: [], out: [] };
    if (one.platform === "not-there")
      return { best: undefined, order: [], out: [{ tag, why: lacks(platforms) }] };
    return { best: { tag, digest: one.digest }, order: [tag], out: [] };
  }
  const considered = considerTags(await registry.tags(access, asOf), rules);
  if (rules.strategy === "newest-build") return newestBuild(access, wanted, considered, ports, asOf);
  if (platforms.length > 0) return firstForPlatform(access, wanted, considered, ports, asOf);
  const [tag] = considered.tags;
  if (tag === undefined) return { best: undefined, order: [], out: considered.out };
  const digest = pin === "digest" ? await registry.digest(access, tag, asOf) : undefined;
  return { best: { tag, ...defined({ digest }) }, order: considered.tags, out: considered.out };
}

async function firstForPlatform(
  access: RepositoryAccess,
  { platforms }: WantedImage,
  { tags, out }: Considered,
  { registry }: ImagesPorts,
  asOf: number,
): Promise<Found> {
  const without: LeftOut[] = [];
  for (const tag of tags.slice(0, MOST_TRIED)) {
    const image = await registry.image(access, tag, platforms, asOf - TAG_FRESH_MS);
    if (image?.platform === "there")
      return {
        best: { tag, digest: image.digest },
        order: tags.filter((one) => !without.some((left) => left.tag === one)),
        out: [...without, ...out],
      };
    without.push({ tag, why: lacks(platforms) });
  }
  return { best: undefined, order: [], out: [...without, ...out] };
}

async function newestBuild(
  access: RepositoryAccess,
  { platforms }: WantedImage,
  considered: Considered,
  { registry }: ImagesPorts,
  asOf: number,
): Promise<Found> {
  const out = [...considered.out];
  const beyond = considered.tags.slice(MOST_LOOKED_INTO);
  const looked = await Promise.all(
    considered.tags.slice(0, MOST_LOOKED_INTO).map(async (tag): Promise<KnownTag | LeftOut> => {
      try {
        const image = await registry.image(access, tag, platforms, asOf - TAG_FRESH_MS);
        if (image === undefined) return { tag, why: "the tag is gone" };
        if (image.platform === "not-there") return { tag, why: lacks(platforms) };
        if (image.built === undefined) return { tag, why: "it does not say when it was built" };
        return { tag, digest: image.digest, built: image.built };
      } catch (cause) {
        // What one tag names may be no image at all; a registry that cannot be asked is another matter.
        if (cause instanceof Failure && cause.code === "artifact-refused") return { tag, why: cause.why };
        throw cause;
      }
    }),
  );
  const known = byBuild(looked.filter((one): one is KnownTag => !("why" in one)));
  out.push(...looked.filter((one): one is LeftOut => "why" in one));
  out.push(
    ...beyond.map((tag) => ({
      tag,
      why: `only ${MOST_LOOKED_INTO} tags are looked into: take fewer by allow-tags`,
    })),
  );
  return { best: known[0], order: known.map(({ tag }) => tag), out };
}

function lacks(platforms: readonly string[]): string {
  return `not there for ${platforms.join(" or ")}`;
}

/** Tag and digest of each image of that repository that the application runs. */
function runningVersions(app: Application, image: WantedImage["image"]): Version[] {
  const found = new Map<string, Version>();
  for (const text of app.status?.summary?.images ?? []) {
    const one = parseImageName(text);
    if (one === undefined || placeOfImage(one) !== placeOfImage(image)) continue;
    const version = defined({ tag: one.tag || undefined, digest: one.digest || undefined });
    found.set(showVersion(version), Object.keys(version).length === 0 ? { tag: "latest" } : version);
  }
  return [...found.values()];
}

function shownVersions(versions: readonly Version[]): string | undefined {
  return versions.length === 0 ? undefined : versions.map((one) => showVersion(one)).join(", ");
}

function toldOf({ order, out }: Found): Pick<ImageLook, "candidates" | "candidateCount" | "out"> {
  const byWhy = new Map<string, string[]>();
  for (const { tag, why } of out) byWhy.set(why, [...(byWhy.get(why) ?? []), tag]);
  return {
    candidates: order.slice(0, MOST_SHOWN),
    candidateCount: order.length,
    out: [...byWhy].map(([why, tags]) => ({ why, count: tags.length, tags: tags.slice(0, MOST_SHOWN) })),
  };
}
