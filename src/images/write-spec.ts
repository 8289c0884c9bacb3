/** An Application whose source names other images: what Argo CD Image Updater's method `argocd` writes. */

import type { WantedImage } from "../core/images/wanted-images.ts";
import { helmValuesOf, nameIn, showImage, type Version } from "../core/images/write-images.ts";
import type { Application, Source } from "../core/model/application.ts";
import { equalJson } from "../lib/equal-json.ts";

interface Wanted {
  image: WantedImage;
  version: Version;
  change: string;
}

type Kept = Pick<Wanted, "image" | "version">;

/**
 * @param kept what is written so already, and is to stay
 * @returns the application, and the changes of those images that were not written so already; unchanged, with the images that
 * want one field otherwise, where there are such
 */
export function withImages(
  app: Application,
  { tool, source: at }: { tool: "helm" | "kustomize"; source: number },
  wanted: readonly Wanted[],
  kept: readonly Kept[] = [],
): { app: Application; changed: string[]; disputed: string[] } {
  const { spec } = app;
  const isList = spec.sources !== undefined && spec.sources.length > 0;
  const before = isList ? spec.sources?.[at] : spec.source;
  if (before === undefined) return { app, changed: [], disputed: [] };
  const put = (source: Source, { image, version }: Kept): Source =>
    tool === "helm" ? withParameters(source, image, version) : withImage(source, image, version);
  const stands = (source: Source, one: Kept): boolean => equalJson(put(source, one), source);
  const changed: string[] = [];
  let now: Source = before;
  for (const one of wanted) {
    if (!stands(now, one)) changed.push(one.change);
    now = put(now, one);
  }
  const disputed = [
    ...wanted.filter((one) => !stands(now, one)),
    ...kept.filter((one) => stands(before, one) && !stands(now, one)),
  ].map(({ image }) => image.image.name);
  if (disputed.length > 0) return { app, changed: [], disputed };
  const sources = spec.sources?.map((source, place) => (place === at ? now : source));
  return {
    app: { ...app, spec: { ...spec, ...(isList && sources !== undefined ? { sources } : { source: now }) } },
    ...{ changed, disputed },
  };
}

function withImage(source: Source, wanted: WantedImage, version: Version): Source {
  const known = wanted.kustomize ?? wanted.image.name;
  const entry = `${known === wanted.image.name ? "" : `${known}=`}${showImage(wanted.image, version)}`;
  const images = source.kustomize?.images ?? [];
  const at = images.findIndex((one) => nameIn(one) === known);
  return {
    ...source,
    kustomize: {
      ...source.kustomize,
      images: at < 0 ? [...images, entry] : images.map((one, place) => (place === at ? entry : one)),
    },
  };
}

function withParameters(source: Source, wanted: WantedImage, version: Version): Source {
  let parameters = source.helm?.parameters ?? [];
  for (const { name, value } of helmValuesOf(wanted, version)) {
    const at = parameters.findIndex((one) => one.name === name);
    const entry = { ...parameters[at], name, value, forceString: true };
    parameters =
      at < 0 ? [...parameters, entry] : parameters.map((one, place) => (place === at ? entry : one));
  }
  return { ...source, helm: { ...source.helm, parameters } };
}
