import { IMAGE_STATES, UPDATE_STRATEGIES } from "../core/model/image-update.ts";
import { may } from "./routes.ts";
import { json } from "./terms/terms.ts";
import { choice, fields, flag, list, oneOf, optional, text, told, whole } from "./terms/wire.ts";

const NAMES = list(text());
const LOOK = told({
  alias: text({ says: 'As annotations name it; "" where they do not.' }),
  image: text({ says: "Without tag and digest." }),
  constraint: text(),
  strategy: choice(UPDATE_STRATEGIES),
  is: choice(
    IMAGE_STATES,
    "`update`: something newer is there and not written yet. `written`: written and not delivered yet. `kept`: left as it is.",
  ),
  why: optional(text()),
  current: optional(text({ says: "Tags or digests that run." })),
  chosen: optional(text()),
  chosenAt: optional(text({ says: "When it was built, RFC 3339." })),
  candidates: list(text(), { says: "The best first; at most 20." }),
  candidateCount: whole(),
  out: list(told({ why: text(), count: whole(), tags: NAMES }), { says: "Why other tags are not chosen." }),
});
const IMAGES = {
  app: text({ says: "`namespace/name`." }),
  images: list(LOOK),
  writeBack: optional(
    oneOf(
      told({
        method: choice(["git"]),
        repository: text(),
        branch: text(),
        to: optional(text({ says: "The branch that is pushed to, where it is another one." })),
        file: text(),
      }),
      told({ method: choice(["argocd"]) }),
    ),
  ),
  checkedAt: optional(text({ says: "RFC 3339." })),
  last: optional(
    told({
      at: text(),
      changes: NAMES,
      commit: optional(text()),
      branch: optional(text()),
      pullRequest: optional(text()),
    }),
  ),
  problems: NAMES,
};
const RESULT = told({
  mode: choice(["dry-run", "write"]),
  applications: list(told(IMAGES)),
  writes: list(
    told({
      apps: NAMES,
      is: choice(["written", "would-write", "failed"]),
      repository: optional(text()),
      branch: optional(text()),
      commit: optional(text()),
      pullRequest: optional(text()),
      files: NAMES,
      changes: NAMES,
      why: optional(text()),
    }),
  ),
});

export const ALL_IMAGES = {
  id: "listImageUpdates",
  says: "Images that applications have kept up to date, as registries were asked last.",
  asks: may("applications", "get"),
  answers: json(told({ items: list(told(IMAGES)) })),
} as const;
export const APPLICATION_IMAGES = {
  id: "getImageUpdates",
  says: "The same of one application, with what could be chosen and why the rest is out.",
  asks: may("applications", "get"),
  answers: json(told(IMAGES)),
} as const;
export const UPDATE_IMAGES = {
  id: "updateImages",
  says: "Asks registries now, and writes what is newer to where the application says.",
  asks: may("applications", "update"),
  body: fields({
    apps: optional(
      list(text({ most: 300 }), { least: 1, says: "`namespace/name`; default all that may be changed." }),
    ),
    dryRun: optional(flag("Writes nothing.")),
  }),
  answers: json(RESULT),
} as const;
