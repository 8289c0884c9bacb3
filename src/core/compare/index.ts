/**
 * The front door: whoever compares comes in here. Behind it, in the order of the work:
 * `pair` puts what is wanted beside what is there; `ignore` leaves fields to others; `judge` says same, changed or ask,
 * and keeps the records that this rests on; `takeover` makes other tools' claims ours; `repair` mends what a server
 * refuses; `show` is what a person sees of a difference. `fields` reads managedFields for all of them.
 */

export { indexOfElement, isLeaf } from "./fields/fields-v1.ts";
export { valuesAt } from "./fields/values-at.ts";
export { type Expression, IgnoreRules, ignoreProblems, strayIgnoreRules } from "./ignore/ignore-rules.ts";
export { type IgnoredFields, ignoredFields, NOTHING_IGNORED, withFields } from "./ignore/ignored-fields.ts";
export { placesOf } from "./ignore/jq-path.ts";
export { keysOfControllers } from "./ignore/keys-of-controllers.ts";
export { asPlaces } from "./ignore/places.ts";
export { releasePatch } from "./ignore/release-patch.ts";
export { withLiveIgnored, withoutIgnored } from "./ignore/without-ignored.ts";
export { appliedHash } from "./judge/applied-hash.ts";
export { concludeFromPrediction } from "./judge/conclude-from-prediction.ts";
export { frozenFields } from "./judge/frozen-fields.ts";
export { judge } from "./judge/judge.ts";
export {
  dropsFields,
  notedOrigins,
  recordAdopted,
  recordAfterApply,
  recordIntended,
  withoutAnswers,
} from "./judge/records.ts";
export { settle } from "./judge/settle.ts";
export { asApplied, standingOf } from "./judge/standing.ts";
export { extraCounts, keepMark } from "./pair/keep-marks.ts";
export { type Claimant, owningApp } from "./pair/owning-app.ts";
export {
  asDifference,
  definedKind,
  isHook,
  type LiveAnswer,
  type Pair,
  pairObjects,
  sharedResource,
} from "./pair/pair-objects.ts";
export { kindVersionOf, redefinedKinds } from "./pair/redefined-kinds.ts";
export { applyRepairs } from "./repair/apply-repairs.ts";
export {
  anotherName,
  asNewObject,
  type CreationAnswer,
  isFreedSoon,
  readOtherName,
  readOwnName,
} from "./repair/creation.ts";
export { immutableFields } from "./repair/immutable-fields.ts";
export { lostTwins } from "./repair/lost-twins.ts";
export { isNeverRecreated } from "./repair/never-recreated.ts";
export { asPutBack } from "./repair/put-back.ts";
export { repairsFor, type ServerRefusal } from "./repair/repairs-for.ts";
export { sayRefusal } from "./repair/say-refusal.ts";
export { diffObjects } from "./show/diff-objects.ts";
export { laidOver } from "./show/laid-over.ts";
export { leftFields } from "./show/left-fields.ts";
export { CHANGED_MASK, MASK, maskSecret } from "./show/mask-secret.ts";
export { type ObjectLine, type ObjectLines, objectLines } from "./show/object-lines.ts";
export {
  distinct,
  isAsLeft,
  lastWriter,
  latest,
  mayBeSetByOthers,
  setByOthers,
} from "./show/set-by-others.ts";
export { toldChanges } from "./show/told-changes.ts";
export { afterTakeover } from "./takeover/after-takeover.ts";
export { claimPatch } from "./takeover/claim-patch.ts";
export { type Leftover, leftoversFor, withoutLeftovers } from "./takeover/leftovers.ts";
export { type Migration, migrationOf } from "./takeover/migration.ts";
export { replacement } from "./takeover/replacement.ts";
export { needsTakeover, returnedManagers, takeover } from "./takeover/takeover.ts";
