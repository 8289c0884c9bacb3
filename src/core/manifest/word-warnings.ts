import { parseDurationMs } from "../../lib/duration.ts";
import { showPath } from "../../lib/field-path.ts";
import { ANNOTATION } from "../model/application.ts";
import { unknownAnnotations } from "../model/known-annotations.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { refOf, show } from "../model/object-ref.ts";
import type { Problem } from "../model/problem.ts";
import { contradictions, type OptionPlace, unknownOption, unknownWord } from "../model/sync-options.ts";
import { parseWave, waveOf } from "../model/sync-wave.ts";
import { annotationList } from "./annotation-list.ts";
import { HOOK_WORDS, roleOf } from "./role-of.ts";

interface Said {
  text: string;
  fix: string;
}

const OPTIONS: readonly { annotation: string; place: OptionPlace }[] = [
  { annotation: ANNOTATION.syncOptions, place: "sync-options" },
  { annotation: ANNOTATION.compareOptions, place: "compare-options" },
];

/** Words in an object's annotations that mean nothing, and what comes of it. Argo CD says nothing of them. */
export function wordWarnings(object: KubeObject): Problem[] {
  const annotations = object.metadata.annotations;
  if (annotations === undefined) return [];
  const warning = (annotation: string, said: Said): Problem => ({
    severity: "warning",
    path: showPath(["metadata", "annotations", annotation]),
    object: show(refOf(object)),
    ...said,
  });
  const options = OPTIONS.flatMap(({ annotation, place }) => {
    const words = annotationList(object, annotation);
    const unknown = words.flatMap((word) => unknownOption(word, place) ?? []);
    return [...unknown, ...contradictions(words, place)].map((said) => warning(annotation, said));
  });
  const hooks = HOOK_WORDS.filter(({ annotation }) => annotations[annotation] !== undefined).flatMap(
    ({ annotation, what, known }) => {
      const given = annotationList(object, annotation);
      const unknown = given.flatMap((word) => unknownWord(what, word, known) ?? []);
      const isMeaningless = given.length === 0 || unknown.length > 0;
      return [...unknown, ...(isMeaningless ? leftOut(object, annotation) : [])].map((said) =>
        warning(annotation, said),
      );
    },
  );
  return [
    ...options,
    ...hooks,
    ...[ANNOTATION.syncWave, ANNOTATION.helmHookWeight].flatMap((annotation) =>
      noWave(object, annotation).map((said) => warning(annotation, said)),
    ),
    ...noTimeout(annotations[ANNOTATION.hookTimeout]).map((said) => warning(ANNOTATION.hookTimeout, said)),
    ...unknownAnnotations(annotations).map(({ annotation, ...said }) => warning(annotation, said)),
  ];
}

function noWave(object: KubeObject, annotation: string): Said[] {
  const text = object.metadata.annotations?.[annotation];
  if (text === undefined || parseWave(text) !== undefined) return [];
  return [
    {
      text: `${JSON.stringify(text)} is no whole number, so the wave is ${waveOf(object)}`,
      fix: 'Write it as "5" or "-1"',
    },
  ];
}

function noTimeout(text: string | undefined): Said[] {
  if (text === undefined || parseDurationMs(text) !== undefined) return [];
  return [
    {
      text: `${JSON.stringify(text)} is no duration, so the hook has no deadline`,
      fix: "Write it as 90s, 10m or 1h",
    },
  ];
}

/** An object that a slip in its hook annotation leaves out of every sync. */
function leftOut(object: KubeObject, annotation: string): Said[] {
  const role = roleOf(object);
  if (role.is !== "ignored") return [];
  const decisive = [ANNOTATION.hook, ANNOTATION.helmHook].find(
    (one) => object.metadata.annotations?.[one] !== undefined,
  );
  if (annotation !== decisive) return [];
  return [
    {
      text: `no sync applies this object, because ${role.because}`,
      fix: "Name a hook type, or remove the annotation",
    },
  ];
}
