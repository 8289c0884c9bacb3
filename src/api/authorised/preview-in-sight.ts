import type { AppKey } from "../../core/model/application.ts";
import type { Previewed } from "../../engine/control.ts";
import { UNSEEN } from "./veil.ts";

/** As marks on objects name an application: `web` in the home namespace, `team_web` elsewhere. */
const MARKED = /\bapplication ([a-z0-9][-a-z0-9.]*)(?:_([a-z0-9][-a-z0-9.]*))?(?=[ :])/g;

/** Whoever may make an application need not know whose an object is that it would have. */
export function previewInSight(
  previewed: Previewed,
  homeNamespace: string,
  isHidden: (key: AppKey) => boolean,
): Previewed {
  if (previewed.is !== "previewed" || previewed.preview.effect.is !== "compared") return previewed;
  const { preview } = previewed;
  const warnings = previewed.preview.effect.warnings.map((text) =>
    text.replace(MARKED, (said, first: string, second: string | undefined) =>
      isHidden((second === undefined ? `${homeNamespace}/${first}` : `${first}/${second}`) as AppKey)
        ? UNSEEN
        : said,
    ),
  );
  return { is: "previewed", preview: { ...preview, effect: { ...previewed.preview.effect, warnings } } };
}
