import { reportingKinds } from "../families/reporting-kinds.ts";
import type { RuleTable } from "../verdict.ts";
import { threeScale } from "./3scale.ts";
import { ansible } from "./ansible.ts";
import { apache } from "./apache.ts";
import { apiextensions } from "./apiextensions.ts";
import { apiregistration } from "./apiregistration.ts";
import { apps } from "./apps.ts";
import { argoproj } from "./argoproj.ts";
import { atlasGo } from "./atlas.ts";
import { autoscaling } from "./autoscaling.ts";
import { batch } from "./batch.ts";
import { bitnami } from "./bitnami.ts";
import { clusterApi } from "./cluster-api.ts";
import { cnpg } from "./cnpg.ts";
import { confluent } from "./confluent.ts";
import { contour } from "./contour.ts";
import { core } from "./core.ts";
import { datadog } from "./datadog.ts";
import { druid } from "./druid.ts";
import { elastic } from "./elastic.ts";
import { externalSecret } from "./external-secret.ts";
import { flagger } from "./flagger.ts";
import { flink } from "./flink.ts";
import { gke } from "./gke.ts";
import { grafana } from "./grafana.ts";
import { infinispan } from "./infinispan.ts";
import { istio } from "./istio.ts";
import { kafka } from "./kafka.ts";
import { karmada } from "./karmada.ts";
import { karpenter } from "./karpenter.ts";
import { keda } from "./keda.ts";
import { keikoproj } from "./keikoproj.ts";
import { keptn } from "./keptn.ts";
import { keycloak } from "./keycloak.ts";
import { kruise } from "./kruise.ts";
import { kserve } from "./kserve.ts";
import { kubevirt } from "./kubevirt.ts";
import { kueue } from "./kueue.ts";
import { longhorn } from "./longhorn.ts";
import { mariadb } from "./mariadb.ts";
import { minio } from "./minio.ts";
import { monitoring } from "./monitoring.ts";
import { netapp } from "./netapp.ts";
import { networking } from "./networking.ts";
import { nginx } from "./nginx.ts";
import { nmstate } from "./nmstate.ts";
import { numaproj } from "./numaproj.ts";
import { ocm } from "./ocm.ts";
import { onePassword } from "./onepassword.ts";
import { openshift } from "./openshift.ts";
import { opentelemetry } from "./opentelemetry.ts";
import { operators } from "./operators.ts";
import { percona } from "./percona.ts";
import { policy } from "./policy.ts";
import { proclaim } from "./proclaim.ts";
import { promoter } from "./promoter.ts";
import { pulumi } from "./pulumi.ts";
import { rabbitmq } from "./rabbitmq.ts";
import { rook } from "./rook.ts";
import { snapshot } from "./snapshot.ts";
import { spark } from "./spark.ts";
import { spinkube } from "./spinkube.ts";
import { velero } from "./velero.ts";
import { zalando } from "./zalando.ts";

/** Every kind that has a rule of its own. */
export const rulesByKind: RuleTable = {
  ...threeScale,
  ...ansible,
  ...apache,
  ...apiextensions,
  ...apiregistration,
  ...apps,
  ...argoproj,
  ...atlasGo,
  ...autoscaling,
  ...batch,
  ...bitnami,
  ...clusterApi,
  ...cnpg,
  ...confluent,
  ...contour,
  ...core,
  ...datadog,
  ...druid,
  ...elastic,
  ...externalSecret,
  ...flagger,
  ...flink,
  ...gke,
  ...grafana,
  ...infinispan,
  ...istio,
  ...kafka,
  ...karmada,
  ...karpenter,
  ...keda,
  ...keikoproj,
  ...keptn,
  ...keycloak,
  ...kruise,
  ...kserve,
  ...kubevirt,
  ...kueue,
  ...longhorn,
  ...mariadb,
  ...minio,
  ...monitoring,
  ...netapp,
  ...networking,
  ...nginx,
  ...nmstate,
  ...numaproj,
  ...ocm,
  ...onePassword,
  ...openshift,
  ...opentelemetry,
  ...operators,
  ...percona,
  ...policy,
  ...proclaim,
  ...promoter,
  ...pulumi,
  ...rabbitmq,
  ...rook,
  ...snapshot,
  ...spark,
  ...spinkube,
  ...velero,
  ...zalando,
};

/** Kinds that are judged by what most kinds share, and are known to report. */
export const usualKinds: ReadonlySet<string> = new Set(reportingKinds);
