/**
 * The life of a kind, family by family: what its controller writes when the object was just made, is worked on, is
 * done, has failed, is held. Stale generations and deletion are generated from the state that is done.
 */

type Part = Readonly<Record<string, unknown>>;

export interface State {
  status?: Part;
  spec?: Part;
  metadata?: Part;
}

export interface LifeCycle {
  family: string;
  /** `apiVersion Kind` of each kind that lives so. */
  kinds: readonly string[];
  created?: State;
  progressing: readonly State[];
  ready: readonly State[];
  failed: readonly State[];
  suspended?: readonly State[];
  missing?: readonly State[];
  unknown?: readonly State[];
  /** Where the status says which generation it speaks of: `status` (the rule), in its conditions, or nowhere. */
  generation?: "status" | "conditions" | "none";
}

/** `Ready=False:Creating: making it` and the like, several separated by `, `. */
export function conditions(text: string): Part[] {
  return text.split(", ").map((one) => {
    const [, type = "", status = "", reason = "", message = ""] =
      /^([^=]+)=([^:]+)(?::([^:]*))?(?:: ?(.*))?$/.exec(one) ?? [];
    return { type, status, reason, message };
  });
}

export const with_ = (text: string, more: Part = {}): State => ({
  status: { ...more, conditions: conditions(text) },
});
export const phase = (word: string, field = "phase", more: Part = {}): State => ({
  status: { [field]: word, ...more },
});
const attached = (list: "parents" | "ancestors", ref: string, text: string): State => ({
  status: { [list]: [{ [ref]: { name: "edge" }, conditions: conditions(text) }] },
});

export const lifeCycles: readonly LifeCycle[] = [
  {
    family: "crossplane managed",
    generation: "conditions",
    kinds: [
      "sqs.aws.upbound.io/v1beta1 Queue",
      "database.gcp.crossplane.io/v1beta1 CloudSQLInstance",
      "kubernetes.crossplane.io/v1alpha2 Object",
    ],
    progressing: [
      with_("Synced=True:ReconcileSuccess, Ready=False:Creating"),
      with_("Synced=True:ReconcileSuccess"),
      with_("Synced=True:ReconcileSuccess, Ready=False:Unavailable"),
    ],
    ready: [with_("Synced=True:ReconcileSuccess, Ready=True:Available")],
    failed: [
      with_("Synced=False:ReconcileError: create failed: access denied, Ready=False:Creating"),
      with_("Synced=False:ReconcileError: observe failed, Ready=True:Available"),
      with_(
        "Synced=True:ReconcileSuccess, Ready=True:Available, LastAsyncOperation=False:AsyncUpdateFailure: quota",
      ),
    ],
    suspended: [with_("Synced=False:ReconcilePaused: paused by annotation, Ready=True:Available")],
  },
  {
    family: "crossplane package",
    generation: "conditions",
    kinds: [
      "pkg.crossplane.io/v1 Provider",
      "pkg.crossplane.io/v1 Configuration",
      "pkg.crossplane.io/v1 Function",
    ],
    progressing: [
      with_("Installed=True:ActivePackageRevision, Healthy=Unknown:UnknownPackageRevisionHealth"),
      with_("Installed=True:ActivePackageRevision"),
    ],
    ready: [with_("Installed=True:ActivePackageRevision, Healthy=True:HealthyPackageRevision")],
    failed: [
      with_("Installed=True:ActivePackageRevision, Healthy=False:UnhealthyPackageRevision: no such image"),
      with_("Installed=False:UnpackingPackage: cannot unpack"),
    ],
  },
  {
    family: "config connector",
    kinds: [
      "pubsub.cnrm.cloud.google.com/v1beta1 PubSubTopic",
      "compute.cnrm.cloud.google.com/v1beta1 ComputeAddress",
    ],
    progressing: [
      with_("Ready=False:Updating: Update in progress"),
      with_("Ready=False:Deleting: Deletion in progress"),
    ],
    ready: [with_("Ready=True:UpToDate: The resource is up to date")],
    failed: [
      with_("Ready=False:UpdateFailed: Update call failed: 403"),
      with_("Ready=False:DependencyNotFound: reference not found"),
      with_("Ready=False:ManagementConflict: managed elsewhere"),
    ],
    suspended: [with_("Ready=False:DependencyNotReady: reference is not ready")],
  },
  {
    family: "aws controllers",
    generation: "none",
    kinds: ["sqs.services.k8s.aws/v1alpha1 Queue", "rds.services.k8s.aws/v1alpha1 DBInstance"],
    progressing: [
      with_("ACK.ResourceSynced=False:: Resource not synced"),
      with_("ACK.ReferencesResolved=False:: waiting, ACK.ResourceSynced=Unknown"),
    ],
    ready: [with_("ACK.ResourceSynced=True:: Resource synced successfully")],
    failed: [
      with_("ACK.ResourceSynced=False, ACK.Terminal=True:: invalid parameter"),
      with_("ACK.ResourceSynced=False, ACK.Recoverable=True:: access denied"),
    ],
  },
  {
    family: "cluster api",
    kinds: [
      "cluster.x-k8s.io/v1beta1 Cluster",
      "controlplane.cluster.x-k8s.io/v1beta1 KubeadmControlPlane",
      "infrastructure.cluster.x-k8s.io/v1beta2 AWSMachine",
    ],
    progressing: [
      with_("Ready=False:WaitingForControlPlane", { phase: "Provisioning" }),
      {
        status: {
          phase: "Provisioning",
          conditions: [
            { type: "Ready", status: "False", severity: "Warning", reason: "ScalingUp", message: "1 of 3" },
          ],
        },
      },
    ],
    ready: [with_("Ready=True", { phase: "Provisioned" })],
    failed: [
      {
        status: {
          phase: "Provisioned",
          conditions: [
            { type: "Ready", status: "False", severity: "Error", reason: "Quota", message: "quota exceeded" },
          ],
        },
      },
      phase("Failed"),
      { status: { failureMessage: "no such region", phase: "Provisioning" } },
    ],
    suspended: [{ spec: { paused: true }, ...with_("Ready=True") }],
  },
  {
    family: "flux",
    kinds: [
      "kustomize.toolkit.fluxcd.io/v1 Kustomization",
      "helm.toolkit.fluxcd.io/v2 HelmRelease",
      "source.toolkit.fluxcd.io/v1 GitRepository",
      "source.toolkit.fluxcd.io/v1 OCIRepository",
      "image.toolkit.fluxcd.io/v1 ImagePolicy",
    ],
    progressing: [with_("Reconciling=True:Progressing: building, Ready=Unknown:Progressing: building")],
    ready: [with_("Ready=True:ReconciliationSucceeded: Applied revision main@sha1")],
    failed: [
      with_("Ready=False:BuildFailed: kustomization path not found"),
      with_("Reconciling=True:ProgressingWithRetry, Ready=False:GitOperationFailed: auth"),
      with_("Stalled=True:InvalidChart: no such chart, Ready=False:InvalidChart"),
    ],
    suspended: [{ spec: { suspend: true }, ...with_("Ready=True:ReconciliationSucceeded") }],
  },
  {
    family: "knative",
    kinds: [
      "serving.knative.dev/v1 Service",
      "serving.knative.dev/v1 Route",
      "eventing.knative.dev/v1 Broker",
      "operator.knative.dev/v1beta1 KnativeServing",
    ],
    progressing: [
      with_("Ready=Unknown:RevisionMissing: waiting for a Revision"),
      with_("ConfigurationsReady=True, Ready=Unknown"),
    ],
    ready: [with_("ConfigurationsReady=True, Ready=True, RoutesReady=True")],
    failed: [with_("Ready=False:RevisionFailed: container exited")],
  },
  {
    family: "gateway route",
    generation: "none",
    kinds: [
      "gateway.networking.k8s.io/v1 HTTPRoute",
      "gateway.networking.k8s.io/v1 GRPCRoute",
      "gateway.networking.k8s.io/v1alpha2 TLSRoute",
    ],
    progressing: [
      attached("parents", "parentRef", "Accepted=Unknown:Pending"),
      attached("parents", "parentRef", "Accepted=True:Accepted, Programmed=False:Pending: being programmed"),
    ],
    ready: [attached("parents", "parentRef", "Accepted=True:Accepted, ResolvedRefs=True:ResolvedRefs")],
    failed: [
      attached("parents", "parentRef", "Accepted=False:NotAllowedByListeners: no listener allows it"),
      attached(
        "parents",
        "parentRef",
        "Accepted=True:Accepted, ResolvedRefs=False:BackendNotFound: no Service shop",
      ),
    ],
  },
  {
    family: "gateway policy",
    generation: "none",
    kinds: [
      "gateway.networking.k8s.io/v1 BackendTLSPolicy",
      "microgateway.airlock.com/v1alpha1 AccessControlPolicy",
    ],
    progressing: [{ status: { ancestors: [] } }],
    ready: [attached("ancestors", "ancestorRef", "Accepted=True:Accepted")],
    failed: [attached("ancestors", "ancestorRef", "Accepted=False:Conflicted: another policy is older")],
  },
  {
    family: "gloo",
    generation: "none",
    kinds: [
      "gateway.solo.io/v1 VirtualService",
      "gloo.solo.io/v1 Upstream",
      "gateway.solo.io/v1 HttpListenerOption",
    ],
    progressing: [],
    ready: [
      { status: { statuses: { "gloo-system": { state: "Accepted", reportedBy: "gloo" } } } },
      { status: { state: 1, reportedBy: "gloo" } },
    ],
    failed: [
      {
        status: {
          statuses: {
            "gloo-system": { state: "Rejected", reason: "bad route" },
            other: { state: "Accepted" },
          },
        },
      },
      { status: { state: 3, reason: "missing upstream" } },
    ],
    suspended: [{ status: { statuses: { "gloo-system": { state: "Pending", reportedBy: "gloo" } } } }],
  },
  {
    family: "elastic",
    kinds: [
      "kibana.k8s.elastic.co/v1 Kibana",
      "elasticsearch.k8s.elastic.co/v1 Elasticsearch",
      "agent.k8s.elastic.co/v1alpha1 Agent",
    ],
    progressing: [
      { status: { health: "yellow" } },
      { status: { health: "green", phase: "ApplyingChanges" } },
    ],
    ready: [{ status: { health: "green" } }],
    failed: [{ status: { health: "red" } }],
  },
  {
    family: "operator conditions",
    kinds: [
      "config.openshift.io/v1 ClusterOperator",
      "nmstate.io/v1 NodeNetworkConfigurationPolicy",
      "ocs.openshift.io/v1 StorageCluster",
    ],
    progressing: [
      with_("Available=Unknown:Configuring, Progressing=True:Configuring: 0 of 3 nodes"),
      with_("Available=True, Progressing=True:RollingOut: moving to 4.16, Degraded=False"),
    ],
    ready: [with_("Available=True:AsExpected: all good, Progressing=False, Degraded=False")],
    failed: [
      with_("Available=True, Progressing=False, Degraded=True:SyncFailed: 1 of 3 nodes failed"),
      with_("Available=False:NoPods: nothing runs, Progressing=False, Degraded=False"),
    ],
  },
  {
    family: "usual Ready",
    kinds: [
      "external-secrets.io/v1 ExternalSecret",
      "external-secrets.io/v1alpha1 PushSecret",
      "cert-manager.io/v1 CertificateRequest",
      "k8s.mariadb.com/v1alpha1 Database",
      "onepassword.com/v1 OnePasswordItem",
    ],
    progressing: [with_("Ready=Unknown"), with_("Ready=False:Pending: waiting for approval")],
    ready: [with_("Ready=True:Ready: in place")],
    failed: [
      with_("Ready=False:SyncFailed: could not get the secret"),
      with_("Ready=False:Denied: no"),
      with_("Ready=False:InvalidProviderConfig: no such store"),
    ],
  },
  {
    family: "cert-manager",
    kinds: ["cert-manager.io/v1 Certificate"],
    progressing: [
      with_("Ready=False:DoesNotExist: no Secret yet, Issuing=True:DoesNotExist: no Secret yet"),
      with_("Ready=True:Ready, Issuing=True:Renewing: renewing"),
    ],
    ready: [with_("Ready=True:Ready: Certificate is up to date and has not expired")],
    failed: [
      with_("Ready=False:Expired: expired yesterday"),
      with_("Ready=False:IncorrectIssuer: wrong issuer, Issuing=False:Failed: order failed"),
    ],
  },
  {
    family: "acme",
    kinds: ["acme.cert-manager.io/v1 Order", "acme.cert-manager.io/v1 Challenge"],
    generation: "none",
    progressing: [phase("pending", "state"), phase("ready", "other")],
    ready: [phase("valid", "state")],
    failed: [
      phase("invalid", "state", { reason: "dns" }),
      phase("errored", "state"),
      phase("expired", "state"),
    ],
  },
  {
    family: "strimzi",
    kinds: [
      "kafka.strimzi.io/v1beta2 Kafka",
      "kafka.strimzi.io/v1beta2 KafkaMirrorMaker2",
      "kafka.strimzi.io/v1beta2 KafkaConnector",
    ],
    progressing: [],
    ready: [with_("Ready=True, Warning=True:KafkaStorage: one replica only")],
    failed: [with_("NotReady=True:TimeoutException: timed out")],
    suspended: [with_("ReconciliationPaused=True")],
  },
  {
    family: "keda",
    kinds: ["keda.sh/v1alpha1 ScaledObject", "keda.sh/v1alpha1 ScaledJob"],
    progressing: [with_("Ready=Unknown, Paused=Unknown")],
    ready: [
      with_(
        "Ready=True:ScaledObjectReady: defined correctly, Active=False:ScalerNotActive, Fallback=False, Paused=False",
      ),
    ],
    failed: [
      with_("Ready=False:TriggerError: wrong trigger"),
      with_("Ready=True, Fallback=True:FallbackExists: falls back"),
    ],
    suspended: [with_("Ready=True, Paused=True:ScaledObjectPaused: paused")],
  },
  {
    family: "kruise workloads",
    kinds: ["apps.kruise.io/v1alpha1 CloneSet", "apps.kruise.io/v1beta1 StatefulSet"],
    progressing: [],
    ready: [
      { spec: { replicas: 2 }, status: { replicas: 2, updatedReplicas: 2, updatedAvailableReplicas: 2 } },
    ],
    failed: [
      { spec: { replicas: 2 }, status: { replicas: 2, updatedReplicas: 2, updatedAvailableReplicas: 1 } },
    ],
    suspended: [
      {
        spec: { replicas: 2, updateStrategy: { paused: true } },
        status: { replicas: 2, updatedAvailableReplicas: 1 },
      },
    ],
  },
  {
    family: "argo runs",
    generation: "none",
    kinds: ["argoproj.io/v1alpha1 AnalysisRun", "argoproj.io/v1alpha1 Experiment"],
    progressing: [phase("Pending"), phase("Running")],
    ready: [phase("Successful")],
    failed: [phase("Failed", "phase", { message: "metric too low" }), phase("Error")],
  },
  {
    family: "argo rollout",
    kinds: ["argoproj.io/v1alpha1 Rollout"],
    progressing: [phase("Progressing", "phase", { message: "more replicas need to be updated" })],
    ready: [phase("Healthy")],
    failed: [phase("Degraded", "phase", { message: "RolloutAborted" })],
    suspended: [phase("Paused", "phase", { message: "CanaryPauseStep" })],
  },
  {
    family: "promoter",
    generation: "conditions",
    kinds: [
      "promoter.argoproj.io/v1alpha1 PullRequest",
      "promoter.argoproj.io/v1alpha1 GitRepository",
      "promoter.argoproj.io/v1alpha1 ArgoCDCommitStatus",
    ],
    progressing: [with_("Ready=Unknown:Waiting: child"), with_("Other=True")],
    ready: [with_("Ready=True:ReconciliationSuccess: fine")],
    failed: [with_("Ready=False:ReconciliationError: no such repository")],
  },
  {
    family: "numaplane",
    kinds: ["numaplane.numaproj.io/v1alpha1 PipelineRollout", "numaflow.numaproj.io/v1alpha1 Vertex"],
    progressing: [with_("ChildResourcesHealthy=False:Progressing", { phase: "Deployed" }), phase("Pending")],
    ready: [with_("ChildResourcesHealthy=True", { phase: "Running" }), phase("Paused")],
    failed: [
      phase("Failed", "phase", { message: "bad spec" }),
      with_("PodsHealthy=False:CrashLoop: pod x", { phase: "Running" }),
    ],
  },
  {
    family: "percona",
    kinds: ["psmdb.percona.com/v1 PerconaServerMongoDB", "ps.percona.com/v1alpha1 PerconaServerMySQL"],
    progressing: [phase("initializing", "state", { ready: 1, size: 3 })],
    ready: [phase("ready", "state", { ready: 3, size: 3 })],
    failed: [phase("error", "state", { message: ["lost a node"] })],
    suspended: [phase("paused", "state")],
  },
  {
    family: "rook",
    kinds: [
      "ceph.rook.io/v1 CephBlockPool",
      "ceph.rook.io/v1 CephFilesystem",
      "ceph.rook.io/v1 CephObjectStore",
    ],
    progressing: [phase("Progressing"), phase("Connecting")],
    ready: [phase("Ready")],
    failed: [phase("Failure"), phase("ReconcileFailed")],
  },
  {
    family: "humio",
    generation: "none",
    kinds: ["core.humio.com/v1alpha1 HumioRepository", "core.humio.com/v1alpha1 HumioView"],
    progressing: [],
    ready: [phase("Exists", "state")],
    failed: [phase("ConfigError", "state")],
    missing: [phase("NotFound", "state")],
  },
  {
    family: "kubevirt machine",
    generation: "none",
    kinds: ["kubevirt.io/v1 VirtualMachine"],
    progressing: [
      phase("Starting", "printableStatus"),
      phase("Migrating", "printableStatus"),
      with_("Ready=False:GuestNotRunning: guest is not running", { printableStatus: "Running" }),
    ],
    ready: [with_("Ready=True", { printableStatus: "Running" })],
    failed: [phase("ErrorUnschedulable", "printableStatus"), phase("CrashLoopBackOff", "printableStatus")],
    suspended: [phase("Stopped", "printableStatus")],
  },
  {
    family: "olm",
    generation: "none",
    kinds: ["operators.coreos.com/v1alpha1 ClusterServiceVersion"],
    progressing: [phase("InstallReady"), phase("Pending"), phase("Replacing")],
    ready: [phase("Succeeded")],
    failed: [phase("Failed", "phase", { message: "install timeout" })],
  },
  {
    family: "ocm policy",
    generation: "none",
    kinds: [
      "policy.open-cluster-management.io/v1 Policy",
      "policy.open-cluster-management.io/v1 ConfigurationPolicy",
    ],
    progressing: [phase("Pending", "compliant")],
    ready: [phase("Compliant", "compliant")],
    failed: [phase("NonCompliant", "compliant")],
  },
  {
    family: "confluent",
    kinds: ["platform.confluent.io/v1beta1 Kafka", "platform.confluent.io/v1beta1 ConfluentRolebinding"],
    progressing: [phase("PROVISIONING")],
    ready: [phase("RUNNING")],
    failed: [phase("FAILED"), phase("ERROR", "state")],
  },
  {
    family: "snapshots",
    generation: "none",
    kinds: ["snapshot.storage.k8s.io/v1 VolumeSnapshot", "snapshot.storage.k8s.io/v1 VolumeSnapshotContent"],
    progressing: [{ status: { readyToUse: false } }],
    ready: [{ status: { readyToUse: true } }],
    failed: [{ status: { readyToUse: false, error: { message: "no space" } } }],
  },
  {
    family: "azure",
    generation: "conditions",
    kinds: ["storage.azure.com/v1api20230101 StorageAccount"],
    progressing: [
      {
        status: {
          conditions: [
            {
              type: "Ready",
              status: "False",
              severity: "Info",
              reason: "Reconciling",
              message: "in the queue",
            },
          ],
        },
      },
    ],
    ready: [with_("Ready=True:Succeeded")],
    failed: [
      {
        status: {
          conditions: [
            {
              type: "Ready",
              status: "False",
              severity: "Error",
              reason: "AuthorizationFailed",
              message: "no right",
            },
          ],
        },
      },
    ],
  },
  // Kinds that nobody told us about: only what they show counts.
  {
    family: "unknown kind with Ready",
    kinds: ["example.org/v1 Widget"],
    created: {},
    progressing: [
      with_("Ready=False:Creating"),
      with_("Ready=Unknown"),
      with_("Ready=True, Reconciling=True:Updating"),
      with_("Ready=False:DeploymentNotReady: 1 of 2"),
    ],
    ready: [
      with_("Ready=True:Fine: in place"),
      with_("Available=True, Progressing=True:NewReplicaSetAvailable"),
    ],
    failed: [
      with_("Ready=False:CreateFailed: quota"),
      with_("Ready=True, Stalled=True:Quota: no quota"),
      with_("Ready=False:NoSuchHost: cannot resolve"),
      with_("Synced=False:ReconcileError: no, Ready=True"),
    ],
    suspended: [with_("Ready=True, Suspended=True"), { spec: { paused: true }, ...with_("Ready=True") }],
  },
  {
    family: "unknown kind with a phase",
    generation: "none",
    kinds: ["example.org/v1 Gadget"],
    created: {},
    progressing: [
      phase("Pending"),
      phase("Creating"),
      phase("RollingUpdate in progress"),
      phase("Waiting for pods", "state"),
      phase("green", "health", { phase: "ApplyingChanges" }),
    ],
    ready: [phase("Ready"), phase("Running"), phase("ACTIVE", "state")],
    failed: [phase("Failed"), phase("SyncError", "state"), phase("red", "health", { phase: "Ready" })],
    suspended: [phase("Paused"), phase("Stopped", "state")],
    missing: [phase("NotFound", "state")],
  },
  {
    family: "unknown kind with counts",
    kinds: ["example.org/v1 Pool"],
    created: { spec: { replicas: 3 } },
    progressing: [
      { spec: { replicas: 3 }, status: { readyReplicas: 1 } },
      { spec: { replicas: 3 }, status: { readyReplicas: 3, updatedReplicas: 2 } },
    ],
    ready: [
      { spec: { replicas: 3 }, status: { readyReplicas: 3 } },
      { spec: { replicas: 0 }, status: { readyReplicas: 0 } },
    ],
    failed: [],
  },
];
