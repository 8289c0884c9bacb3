import { reportingKinds } from "../families/reporting-kinds.ts";
import type { RuleTable } from "../verdict.ts";
import { threeScale } from "./3scale.ts";
import { ansible } from "./ansible.ts";
import { apache } from "./apache.ts";
import { apiextensions } from "./apiextensions.ts";
import { apiregistration } from "./apiregistration.ts";
import { apps } from "./apps.ts";
import { argoproj } from "./argoproj.ts";
import { autoscaling } from "./autoscaling.ts";
import { batch } from "./batch.ts";
import { clusterApi } from "./cluster-api.ts";
import { cnpg } from "./cnpg.ts";
import { conditionKinds } from "./condition-kinds.ts";
import { confluent } from "./confluent.ts";
import { contour } from "./contour.ts";
import { core } from "./core.ts";
import { crunchy } from "./crunchy.ts";
import { datadog } from "./datadog.ts";
import { elastic } from "./elastic.ts";
import { externalSecret } from "./external-secret.ts";
import { flagger } from "./flagger.ts";
import { flink } from "./flink.ts";
import { gardener } from "./gardener.ts";
import { grafana } from "./grafana.ts";
import { kafka } from "./kafka.ts";
import { karmada } from "./karmada.ts";
import { keptn } from "./keptn.ts";
import { kruise } from "./kruise.ts";
import { kserve } from "./kserve.ts";
import { kubevirt } from "./kubevirt.ts";
import { metal3 } from "./metal3.ts";
import { minio } from "./minio.ts";
import { netapp } from "./netapp.ts";
import { networking } from "./networking.ts";
import { nmstate } from "./nmstate.ts";
import { numaproj } from "./numaproj.ts";
import { ocm } from "./ocm.ts";
import { openshift } from "./openshift.ts";
import { opentelemetry } from "./opentelemetry.ts";
import { operators } from "./operators.ts";
import { percona } from "./percona.ts";
import { phaseKinds } from "./phase-kinds.ts";
import { policy } from "./policy.ts";
import { proclaim } from "./proclaim.ts";
import { promoter } from "./promoter.ts";
import { rabbitmq } from "./rabbitmq.ts";
import { rook } from "./rook.ts";
import { snapshot } from "./snapshot.ts";
import { spark } from "./spark.ts";
import { volsync } from "./volsync.ts";

/** Every kind that has a rule of its own. */
export const rulesByKind: RuleTable = {
  ...conditionKinds,
  ...phaseKinds,
  ...threeScale,
  ...ansible,
  ...apache,
  ...apiextensions,
  ...apiregistration,
  ...apps,
  ...argoproj,
  ...autoscaling,
  ...batch,
  ...clusterApi,
  ...cnpg,
  ...confluent,
  ...contour,
  ...core,
  ...crunchy,
  ...datadog,
  ...elastic,
  ...externalSecret,
  ...flagger,
  ...flink,
  ...gardener,
  ...grafana,
  ...kafka,
  ...karmada,
  ...keptn,
  ...kruise,
  ...kserve,
  ...kubevirt,
  ...metal3,
  ...minio,
  ...netapp,
  ...networking,
  ...nmstate,
  ...numaproj,
  ...ocm,
  ...openshift,
  ...opentelemetry,
  ...operators,
  ...percona,
  ...policy,
  ...proclaim,
  ...promoter,
  ...rabbitmq,
  ...rook,
  ...snapshot,
  ...spark,
  ...volsync,
};

/** Kinds that are judged by what most kinds share, and are known to report. */
export const usualKinds: ReadonlySet<string> = new Set(reportingKinds);
