/** The life of kinds whose group or kind has a rule of its own, beyond what most kinds share. */
import { conditions, type LifeCycle, phase, with_ } from "./life-cycles.ts";

const counted = (more: object) => ({ readyReplicas: 5, availableReplicas: 5, ...more });

export const lifeCyclesOfGroups: readonly LifeCycle[] = [
  {
    family: "camel",
    kinds: ["camel.apache.org/v1 Integration", "camel.apache.org/v1 Pipe"],
    progressing: [
      phase("Building Kit"),
      with_("KnativeServiceAvailable=False:KnativeServiceNotAvailableReason: another strategy", {
        phase: "Deploying",
      }),
    ],
    ready: [
      with_(
        "Ready=True:DeploymentReady, CronJobAvailable=False:CronJobNotAvailableReason: another strategy",
        {
          phase: "Running",
        },
      ),
    ],
    failed: [
      phase("Error"),
      with_("Ready=False:Error: container integration terminated with Error", { phase: "Running" }),
    ],
  },
  {
    family: "camel build",
    generation: "none",
    kinds: ["camel.apache.org/v1 Build"],
    progressing: [phase("Running"), phase("Scheduling")],
    ready: [phase("Succeeded")],
    failed: [phase("Failed"), phase("Interrupted")],
  },
  {
    family: "gatekeeper",
    generation: "none",
    kinds: [
      "templates.gatekeeper.sh/v1 ConstraintTemplate",
      "constraints.gatekeeper.sh/v1beta1 RequiredLabels",
    ],
    progressing: [
      { status: { byPod: [] } },
      {
        metadata: { generation: 2 },
        status: {
          byPod: [
            { id: "a", observedGeneration: 2 },
            { id: "b", observedGeneration: 1 },
          ],
        },
      },
    ],
    ready: [
      { status: { created: true, byPod: [{ id: "a", observedGeneration: 1 }] } },
      { status: { totalViolations: 4, byPod: [{ id: "a", enforced: true }] } },
    ],
    failed: [
      { status: { byPod: [{ id: "a" }, { id: "b", errors: [{ code: "parse_error", message: "line 3" }] }] } },
    ],
  },
  {
    family: "volsync",
    generation: "none",
    kinds: ["volsync.backube/v1alpha1 ReplicationSource", "volsync.backube/v1alpha1 ReplicationDestination"],
    progressing: [with_("Synchronizing=True:SyncInProgress: copying")],
    ready: [
      with_("Synchronizing=False:WaitingForSchedule: next at noon", {
        latestMoverStatus: { result: "Successful" },
      }),
    ],
    failed: [
      with_("Synchronizing=False:Error: no such Secret"),
      with_("Synchronizing=False:WaitingForSchedule", { latestMoverStatus: { result: "Failed" } }),
    ],
    suspended: [{ spec: { paused: true }, ...with_("Synchronizing=False:WaitingForManual") }],
  },
  {
    family: "metal3",
    generation: "none",
    kinds: ["metal3.io/v1alpha1 BareMetalHost"],
    progressing: [
      { status: { provisioning: { state: "inspecting" }, operationalStatus: "OK", errorMessage: "" } },
    ],
    ready: [
      { status: { provisioning: { state: "provisioned" }, operationalStatus: "OK", errorMessage: "" } },
      { status: { provisioning: { state: "available" }, operationalStatus: "discovered" } },
    ],
    failed: [
      {
        status: {
          provisioning: { state: "provisioning" },
          operationalStatus: "error",
          errorMessage: "no power",
        },
      },
    ],
    suspended: [{ metadata: { annotations: { "baremetalhost.metal3.io/paused": "" } } }],
  },
  {
    family: "crunchy",
    kinds: ["postgres-operator.crunchydata.com/v1beta1 PostgresCluster"],
    progressing: [
      with_("ProxyAvailable=True", {
        instances: [{ name: "a", replicas: 2, readyReplicas: 1, updatedReplicas: 2 }],
      }),
      {
        status: {
          instances: [
            { name: "a", replicas: 1, readyReplicas: 1 },
            { name: "b", replicas: 1 },
          ],
        },
      },
    ],
    ready: [{ status: { instances: [{ name: "a", replicas: 2, readyReplicas: 2, updatedReplicas: 2 }] } }],
    failed: [with_("PGBackRestRepoHostReady=False:RepoHostFailed: no space", { instances: [{ name: "a" }] })],
    suspended: [{ spec: { shutdown: true }, status: { instances: [{ name: "a", replicas: 0 }] } }],
  },
  {
    family: "gardener",
    kinds: ["core.gardener.cloud/v1beta1 Shoot"],
    progressing: [
      { status: { lastOperation: { state: "Processing", type: "Create", description: "40 %" } } },
      {
        metadata: { labels: { "shoot.gardener.cloud/status": "progressing" } },
        ...with_("APIServerAvailable=False:Unreachable"),
      },
    ],
    ready: [
      with_("APIServerAvailable=True, EveryNodeReady=True", { lastOperation: { state: "Succeeded" } }),
      {
        metadata: { labels: { "shoot.gardener.cloud/status": "healthy" } },
        status: { lastOperation: { state: "Processing" } },
      },
    ],
    failed: [
      { status: { lastOperation: { state: "Error", description: "quota" } } },
      with_("EveryNodeReady=False:NodesUnhealthy: 1 of 3", { lastOperation: { state: "Succeeded" } }),
      {
        metadata: { labels: { "shoot.gardener.cloud/status": "unhealthy" } },
        ...with_("EveryNodeReady=True"),
      },
    ],
    suspended: [{ spec: { hibernation: { enabled: true } }, ...with_("APIServerAvailable=False") }],
    unknown: [
      { metadata: { labels: { "shoot.gardener.cloud/status": "unknown" } }, ...with_("EveryNodeReady=True") },
    ],
  },
  {
    family: "kruise partition",
    kinds: ["apps.kruise.io/v1beta1 StatefulSet", "game.kruise.io/v1alpha1 GameServerSet"],
    progressing: [
      // While the first Pods are made, none is held back.
      {
        spec: { replicas: 5, updateStrategy: { rollingUpdate: { partition: 2 } } },
        status: { replicas: 3, updatedReplicas: 3, readyReplicas: 2, updatedReadyReplicas: 2 },
      },
      {
        spec: { replicas: 5, updateStrategy: { rollingUpdate: { partition: 2 } } },
        status: { replicas: 5, updatedReplicas: 1, ...counted({ updatedReadyReplicas: 1 }) },
      },
    ],
    ready: [
      {
        spec: { replicas: 5 },
        status: {
          replicas: 5,
          updatedReplicas: 5,
          ...counted({ updatedReadyReplicas: 5, updatedAvailableReplicas: 5 }),
        },
      },
    ],
    failed: [],
    suspended: [
      {
        metadata: { generation: 1 },
        spec: { replicas: 5, updateStrategy: { rollingUpdate: { partition: 2 } } },
        status: { replicas: 5, updatedReplicas: 3, ...counted({ updatedReadyReplicas: 3 }) },
      },
    ],
  },
  {
    family: "kruise rollout",
    generation: "none",
    kinds: ["rollouts.kruise.io/v1beta1 Rollout"],
    progressing: [phase("Progressing"), phase("Initial")],
    ready: [phase("Healthy")],
    failed: [phase("Disabled")],
    suspended: [
      { spec: { disabled: true }, ...phase("Disabled") },
      { status: { phase: "Progressing", canaryStatus: { currentStepState: "StepPaused" } } },
    ],
  },
  {
    family: "game server",
    generation: "none",
    kinds: ["game.kruise.io/v1alpha1 GameServer"],
    progressing: [{ status: { currentState: "Creating", desiredState: "Ready" } }],
    ready: [
      {
        status: {
          currentState: "Ready",
          desiredState: "Ready",
          podStatus: { conditions: conditions("Ready=True") },
        },
      },
    ],
    failed: [
      {
        status: {
          currentState: "Ready",
          desiredState: "Ready",
          podStatus: { conditions: conditions("Ready=False:Unready") },
        },
      },
      { status: { currentState: "Crash", desiredState: "Ready" } },
    ],
  },
  {
    family: "koperator",
    generation: "none",
    kinds: ["kafka.banzaicloud.io/v1beta1 KafkaCluster"],
    progressing: [
      {
        status: {
          state: "ClusterRollingUpgrading",
          brokersState: { 0: { configurationState: "ConfigOutOfSync" } },
        },
      },
      { status: { state: "ClusterRunning", cruiseControlTopicStatus: "CruiseControlTopicNotReady" } },
    ],
    ready: [
      { status: { state: "ClusterRunning", brokersState: { 0: { configurationState: "ConfigInSync" } } } },
    ],
    failed: [
      { status: { state: "ClusterRunning", brokersState: { 0: { configurationState: "ConfigOutOfSync" } } } },
      {
        status: {
          state: "ClusterRunning",
          brokersState: {
            7: {
              gracefulActionState: {
                cruiseControlState: "GracefulDownscaleFailed",
                errorMessage: "no space",
              },
            },
          },
        },
      },
    ],
  },
  {
    family: "promotion",
    generation: "conditions",
    kinds: ["promoter.argoproj.io/v1alpha1 PromotionStrategy"],
    progressing: [
      with_("Ready=True", {
        environments: [
          // Done, whatever its checks say; the next one is not.
          {
            branch: "a",
            active: { dry: { sha: "1" }, commitStatuses: [{ key: "h", phase: "pending" }] },
            proposed: { dry: { sha: "1" } },
          },
          { branch: "b", active: { dry: { sha: "0" } }, proposed: { dry: { sha: "1" } } },
        ],
      }),
    ],
    ready: [
      with_("Ready=True", {
        environments: [{ branch: "a", active: { dry: { sha: "1" } }, proposed: { dry: { sha: "1" } } }],
      }),
      with_("Ready=True", {
        environments: [
          {
            branch: "a",
            active: { dry: { sha: "1" }, commitStatuses: [{ key: "h", phase: "failure" }] },
            proposed: { dry: { sha: "1" } },
          },
        ],
      }),
    ],
    failed: [
      with_("Ready=True", {
        environments: [
          { branch: "a", active: { dry: { sha: "1" } }, proposed: { dry: { sha: "2" } } },
          {
            branch: "b",
            active: { dry: { sha: "1" } },
            proposed: { dry: { sha: "2" }, commitStatuses: [{ key: "t", phase: "failure" }] },
          },
        ],
      }),
    ],
  },
  {
    family: "ocm policy without clusters",
    generation: "none",
    kinds: ["policy.open-cluster-management.io/v1 Policy"],
    progressing: [
      { status: {} },
      { status: { placement: [{ placement: "p" }], status: [{ clustername: "a" }] } },
    ],
    ready: [{ status: { placement: [{ placement: "p" }] } }],
    failed: [{ status: { compliant: "NonCompliant", placement: [{ placement: "p" }] } }],
  },
  {
    family: "3scale accounts",
    generation: "none",
    kinds: [
      "capabilities.3scale.net/v1beta1 DeveloperAccount",
      "capabilities.3scale.net/v1beta1 DeveloperUser",
    ],
    progressing: [with_("Ready=False")],
    ready: [with_("Ready=True", { accountState: "approved" })],
    failed: [with_("Failed=True: no such account")],
    suspended: [
      { status: { developerUserState: "suspended" } },
      with_("Ready=True", { accountState: "pending" }),
      with_("Waiting=True: for an admin"),
    ],
  },
  {
    family: "karpenter claim",
    generation: "none",
    kinds: ["karpenter.sh/v1 NodeClaim"],
    progressing: [with_("Launched=True, Ready=False:NotReady"), with_("Initialized=True, Ready=Unknown")],
    ready: [with_("Launched=True, Initialized=True, Ready=True")],
    failed: [with_("Launched=True, Initialized=True, Ready=False:NotReady: the instance is gone")],
  },
  {
    family: "machine pool",
    kinds: ["cluster.x-k8s.io/v1beta1 MachinePool"],
    progressing: [
      with_("Ready=True", { phase: "ScalingUp" }),
      with_("Ready=False:WaitingForReplicas", { phase: "Scaling" }),
    ],
    ready: [
      with_("Ready=True", { phase: "Running" }),
      with_("Ready=True, ReplicasReady=True", { phase: "Scaling" }),
    ],
    failed: [phase("Failed")],
    suspended: [{ spec: { paused: true }, ...phase("Running") }],
  },
  {
    family: "google's certificates",
    generation: "none",
    kinds: ["networking.gke.io/v1 ManagedCertificate"],
    progressing: [
      {
        status: {
          certificateStatus: "Provisioning",
          domainStatus: [{ domain: "a.example.org", status: "Provisioning" }],
        },
      },
    ],
    ready: [
      {
        status: {
          certificateStatus: "Active",
          domainStatus: [{ domain: "a.example.org", status: "Active" }],
        },
      },
    ],
    failed: [
      {
        status: {
          certificateStatus: "Provisioning",
          domainStatus: [{ domain: "a.example.org", status: "FailedCaaForbidden" }],
        },
      },
    ],
  },
  {
    family: "numaflow",
    kinds: ["numaflow.numaproj.io/v1alpha1 Pipeline"],
    progressing: [phase("Pending")],
    ready: [with_("VerticesHealthy=True", { phase: "Running" })],
    failed: [with_("DaemonServiceHealthy=False:Progressing: 0 of 1", { phase: "Running" })],
  },
  {
    family: "grafana content",
    generation: "none",
    kinds: ["grafana.integreatly.org/v1beta1 GrafanaDatasource"],
    progressing: [{ status: {} }],
    ready: [{ status: { uid: "1", NoMatchingInstances: false } }],
    failed: [{ status: { uid: "1", NoMatchingInstances: true } }],
  },
  {
    family: "mariadb jobs",
    generation: "none",
    kinds: ["k8s.mariadb.com/v1alpha1 Backup"],
    progressing: [with_("Complete=False:JobNotComplete: Running")],
    ready: [with_("Complete=False:CronJobScheduled: Scheduled"), with_("Complete=True:JobComplete")],
    failed: [with_("Complete=False:CronJobScheduled: Failed"), with_("Complete=False:JobFailed: Failed")],
  },
  {
    family: "config connector's own",
    kinds: ["core.cnrm.cloud.google.com/v1beta1 ConfigConnector"],
    progressing: [],
    ready: [{ status: { healthy: true } }],
    failed: [
      { status: { healthy: false } },
      { status: { healthy: false, errors: ["no such service account"] } },
    ],
  },
];
