/** Whether an Argo CD has let go of an application, so that somebody else may have it. */
import { defined } from "../../lib/defined.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import type { ArgoController, LettingGo } from "../model/adoption-report.ts";
import { ANNOTATION } from "../model/application.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { isPaused } from "../model/paused.ts";

export function letsGo(controller: ArgoController, written: KubeObject): LettingGo {
  const { name, namespace = "", annotations, deletionTimestamp } = written.metadata;
  if (deletionTimestamp !== undefined)
    return {
      is: "no",
      why: `Argo CD is deleting it since ${deletionTimestamp}`,
      fix: "Wait for its end, or see what holds it",
    };
  if (controller.is === "stopped") return { is: "yes", by: `${controller.what.join(", ")} runs no Pod` };
  // The mark keeps it from new looks; what was asked for before, its retries too, is carried out all the same.
  // Source: Argo CD, appcontroller.go (the mark is read where informers queue, and by no operation).
  if (isAtWork(written))
    return {
      is: "no",
      why: "an operation of Argo CD's is under way or waits in it, and the mark does not stop that",
      fix: `Wait for its end, or terminate it: argocd app terminate-op ${name}; or scale its application controller to zero`,
    };
  if (isPaused({ metadata: { name, namespace, ...defined({ annotations }) } }))
    return { is: "yes", by: `its annotation ${ANNOTATION.skipReconcile}` };
  const mark = `kubectl annotate applications.argoproj.io ${name} -n ${namespace} ${ANNOTATION.skipReconcile}=true`;
  return controller.is === "running"
    ? {
        is: "no",
        why: `Argo CD still works on it: ${controller.what.join(", ")}`,
        fix: `Have it leave this one alone: ${mark}. Or all of them: ${scaledToZero(controller.what)}`,
      }
    : {
        is: "no",
        why: "it does not say that Argo CD leaves it alone, and no application controller was found that could be looked at",
        fix: `Mark it: ${mark}`,
      };
}

/** Of its workloads: its Pods go with them. */
function scaledToZero(what: readonly string[]): string {
  const commands = what.flatMap((each) => {
    const [, kind, namespace, name] = /^apps\/(StatefulSet|Deployment) ([^/ ]+)\/([^/ ]+)$/.exec(each) ?? [];
    return kind === undefined
      ? []
      : [`kubectl scale ${kind.toLowerCase()}/${name} -n ${namespace} --replicas=0`];
  });
  return commands.length === 0 ? "scale its application controller to zero" : commands.join("; ");
}

function isAtWork({ operation, status }: KubeObject): boolean {
  const state = isMapping(status) ? status["operationState"] : undefined;
  const phase = isMapping(state) ? state["phase"] : undefined;
  return operation !== undefined || phase === "Running" || phase === "Terminating";
}
