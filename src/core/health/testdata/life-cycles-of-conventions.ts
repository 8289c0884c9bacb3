/**
 * The life of kinds that nobody told us about, convention by convention: what their controllers write, and what a
 * person, another controller or an older status leaves beside it.
 */
import { conditions, type LifeCycle, phase, with_ } from "./life-cycles.ts";

const held = { generation: 3 };
const ready = with_("Ready=True:Fine: in place", { observedGeneration: 3 });

export const lifeCyclesOfConventions: readonly LifeCycle[] = [
  {
    family: "held by a field, whatever its status still says",
    kinds: ["example.org/v1 Widget"],
    created: {},
    progressing: [
      // A controller that goes on must see the change.
      { spec: { paused: false }, metadata: held, ...with_("Ready=True:Fine", { observedGeneration: 2 }) },
    ],
    ready: [
      with_("Ready=True:Fine"),
      { spec: { suspend: false, stop: "no", hibernation: { enabled: false } }, metadata: held, ...ready },
      { spec: { powerState: "Running", managementState: "Managed" }, ...ready },
    ],
    failed: [],
    suspended: [
      { spec: { paused: true }, metadata: held, ...with_("Ready=True:Fine", { observedGeneration: 2 }) },
      { spec: { pause: true }, ...with_("Ready=False:Failed: gone") },
      { spec: { suspend: "true" }, ...phase("Running") },
      { spec: { halted: true } },
      { spec: { stop: "yes" }, ...phase("Completed", "status") },
      { spec: { stopped: true }, ...with_("Ready=False") },
      { spec: { shutdown: true } },
      { spec: { hibernation: { enabled: true } }, ...ready },
      { spec: { reconciliation: { paused: true } }, ...ready },
      { spec: { powerState: "Hibernating" }, ...with_("Ready=False:Hibernating") },
      { spec: { managementState: "Unmanaged" }, ...with_("Available=True") },
      { spec: { pausedUntil: "true" }, ...with_("Available=True") },
    ],
  },
  {
    family: "held by a mark of its own controller",
    kinds: ["databases.example.org/v1 Widget"],
    created: {},
    progressing: [],
    ready: [
      with_("Ready=True:Fine"),
      // Switched on, or off again; another tool's mark holds that tool.
      { metadata: { annotations: { "example.org/paused": "false" } }, ...ready },
      { metadata: { annotations: { "example.org/reconcile": "enabled" } }, ...ready },
      { metadata: { annotations: { "example.org/hibernation": "off" } }, ...ready },
      { metadata: { annotations: { "kustomize.toolkit.fluxcd.io/reconcile": "disabled" } }, ...ready },
      {
        metadata: { annotations: { "backup.other.io/paused": "true" }, labels: { paused: "true" } },
        ...ready,
      },
    ],
    failed: [],
    suspended: [
      { metadata: { annotations: { "example.org/paused": "true" } }, ...ready },
      { metadata: { annotations: { "ops.example.org/paused": "" } }, ...with_("Ready=False:Failed") },
      { metadata: { annotations: { "example.org/pause-reconciliation": "true" } }, ...ready },
      { metadata: { labels: { "example.org/pauseReconciliation": "true" } }, ...ready },
      { metadata: { annotations: { "example.org/skip-reconcile": "yes" } }, ...ready },
      { metadata: { annotations: { "example.org/reconciliationLoop": "disabled" } }, ...ready },
      { metadata: { annotations: { "example.org/managed": "false" } }, ...ready },
      { metadata: { annotations: { "example.org/stop": "true" } }, ...ready },
      { metadata: { annotations: { "crossplane.io/paused": "true" } }, ...ready },
      {
        metadata: { ...held, annotations: { "example.org/hibernation": "on" } },
        ...with_("Ready=True", { observedGeneration: 2 }),
      },
    ],
  },
  {
    family: "a controller that does not write generations as one should",
    kinds: ["example.org/v1 Widget"],
    created: {},
    progressing: [
      { metadata: { generation: 2 }, ...with_("Ready=True", { observedGeneration: 1 }) },
      {
        metadata: { generation: 2 },
        status: { conditions: [{ type: "Ready", status: "True", observedGeneration: 1 }] },
      },
    ],
    ready: [
      with_("Ready=True:Fine"),
      // Never: the field is there because its language fills it in.
      { metadata: { generation: 4 }, ...with_("Ready=True", { observedGeneration: 0 }) },
      {
        metadata: { generation: 4 },
        status: { conditions: [{ type: "Ready", status: "True", observedGeneration: 0 }] },
      },
      // In a condition only where that changes; the status as a whole is current.
      {
        metadata: { generation: 4 },
        status: {
          observedGeneration: 4,
          conditions: [{ type: "Ready", status: "True", observedGeneration: 1 }],
        },
      },
    ],
    failed: [],
  },
  {
    family: "a message that says Failed",
    kinds: ["example.org/v1 Widget"],
    created: {},
    progressing: [
      with_("Ready=False:Reconciling: waiting for 2 Pods"),
      with_("Ready=False:: still creating the bucket"),
      with_("Ready=False:NotReady: 1/3 replicas are there"),
      with_("Ready=False:Pending: not ready yet because ChildPending"),
    ],
    ready: [
      with_("Ready=True:Fine: Failed over to zone b"),
      with_("Ready=True, Extra=False:NotWanted: nothing to do"),
      with_("Ready=True, Upgradeable=False:AdminAckNotAllowed: failed"),
    ],
    failed: [
      with_("Ready=False:Reconciling: failed to create the bucket: 403"),
      with_("Ready=False:Creating: Error: quota"),
      with_("Ready=False:Pending: Failed"),
      with_("Ready=False:: cannot reach the database"),
      with_('Ready=False:ChildNotReady: Child "a" is not Ready because "ReconciliationError"'),
      with_("Ready=False:DeploymentNotReady: container web waits in CrashLoopBackOff"),
      with_("Ready=True, Extra=False:SyncFailed: no right"),
    ],
    suspended: [with_("Ready=False:Paused: Failed jobs are kept")],
    unknown: [with_("Ready=Unknown:DiscoveryError: cannot ask")],
  },
  {
    family: "work under way beside Ready",
    kinds: ["example.org/v1 Widget"],
    created: {},
    progressing: [
      with_("Ready=True, ControlPlaneUpdating=True"),
      with_("Ready=True, RollingOut=True:RollingOut"),
      with_("Ready=True, NodeInstallerProgressing=True"),
      with_("Ready=True:Fine, ScalingUp=True"),
    ],
    ready: [with_("Ready=True:Fine, ControlPlaneCreating=False:created, RollingOut=False")],
    failed: [with_("Available=True, NodeInstallerDegraded=True, NodeInstallerProgressing=True")],
    suspended: [with_("Available=True, Hibernating=True")],
  },
  {
    family: "a part that failed under a whole that does not say so",
    kinds: ["example.org/v1 Widget"],
    created: {},
    progressing: [
      with_("Ready=False:Creating", { parts: [{ name: "a", state: "Creating" }] }),
      // Lagging behind is not failing.
      with_("Ready=False:Pending", { zones: { a: { status: "OutOfDate" } } }),
    ],
    ready: [
      with_("Ready=True:Fine"),
      with_("Ready=True", {
        parts: [
          { name: "a", state: "Ready" },
          { name: "b", phase: "Pending" },
        ],
      }),
      // What was is not what is.
      with_("Ready=True", { history: [{ revision: 1, status: "Failed" }], lastBackup: { phase: "Failed" } }),
      with_("Ready=True", {
        phaseTransitionTimestamps: [{ phase: "Failed" }],
        recentBackups: [{ state: "error" }],
      }),
      with_("Ready=True", { parts: [{ name: "a", state: "Ready", lastState: "Failed" }] }),
    ],
    failed: [
      with_("Ready=True", {
        parts: [
          { name: "a", state: "Ready" },
          { name: "b", state: "Failed", message: "disk" },
        ],
      }),
      with_("Ready=True", { zones: { a: { health: "Healthy" }, b: { health: "Unhealthy" } } }),
      with_("Ready=False:Provisioning", {
        domains: [{ domain: "x.example.org", status: "FailedNotVisible" }],
      }),
      phase("Running", "phase", { database: { status: "error" } }),
      with_("Ready=True", { podStatus: { conditions: conditions("Ready=False:CrashLoopBackOff") } }),
      {
        status: {
          routers: [{ name: "a", conditions: conditions("Admitted=False:HostAlreadyClaimed: taken") }],
        },
      },
    ],
  },
  {
    family: "fewer replicas than wanted under a whole that is Ready",
    kinds: ["example.org/v1 Widget"],
    created: {},
    progressing: [
      { spec: { replicas: 3 }, ...with_("Ready=True", { replicas: 3, readyReplicas: 2 }) },
      { spec: { replicas: 3 }, ...phase("Running", "phase", { readyReplicas: 3, updatedReplicas: 1 }) },
      { spec: { replicas: 10 }, status: { readyReplicas: 4, allocatedReplicas: 2 } },
    ],
    ready: [
      { spec: { replicas: 3 }, ...with_("Ready=True", { readyReplicas: 3, updatedReplicas: 3 }) },
      { spec: { replicas: 10 }, status: { readyReplicas: 4, allocatedReplicas: 5, reservedReplicas: 1 } },
    ],
    failed: [],
  },
  {
    family: "a word under a name of its own",
    kinds: ["example.org/v1 Account"],
    created: {},
    progressing: [
      phase("Provisioning", "accountStatus"),
      { status: { state: "Pending", lastOperation: { state: "Succeeded" } } },
      { status: { validation: "Pending" } },
    ],
    ready: [
      phase("Running", "accountState"),
      phase("Ready", "phase", { desiredState: "Failed", previousStatus: "error", lastKnownState: "Failed" }),
      phase("Ready", "phase", { lastOperation: { state: "Succeeded" } }),
      { status: { server: { state: "running" } } },
    ],
    failed: [
      phase("UpdateFailed", "ClusterStatus"),
      phase("", "phase", { lastOperationStatus: "Failed", message: "exists" }),
      phase("Ready", "phase", { lastOperation: { state: "Error", description: "quota" } }),
      phase("Running", "phase", { healthStatus: "red" }),
      { status: { healthy: false } },
      { status: { valid: false } },
      { status: { server: { state: "no-quorum" } } },
    ],
    suspended: [
      phase("suspended", "accountState"),
      // What was stopped on purpose is not ready either.
      with_("Ready=False:InstanceNotExists: gone", { state: "Stopped" }),
    ],
  },
  {
    family: "an error's text beside a state that does not tell",
    kinds: ["example.org/v1 Widget"],
    created: {},
    progressing: [
      with_("Ready=False", { error: "" }),
      with_("Ready=False:Creating", { errorMessage: "none" }),
    ],
    ready: [
      with_("Ready=True:Fine", { error: "None" }),
      phase("Ready", "phase", { errors: [] }),
      { status: { active: true, problems: [] } },
    ],
    failed: [
      with_("Ready=False", { errorMessage: "no such region" }),
      with_("Ready=False:Creating", { reconciliationError: { description: "bad secret" } }),
      { status: { active: false, problems: ["no such output"] } },
      { status: { errors: [{ message: "cannot parse" }] } },
    ],
  },
  {
    family: "a kind that is done when it has ended",
    kinds: ["example.org/v1 ImageBuild", "example.org/v1 DatabaseRestore"],
    generation: "none",
    created: {},
    progressing: [
      phase("Running"),
      phase("active", "state"),
      { status: { state: { phase: "Running" } } },
      with_("Created=True, Running=True:Running"),
    ],
    ready: [
      phase("Succeeded"),
      with_("Running=False, Succeeded=True"),
      { status: { state: { phase: "Completed" } } },
    ],
    failed: [phase("Failed"), phase("canceled", "state"), with_("Failed=True:BackoffLimit")],
    suspended: [{ spec: { suspend: true }, ...with_("Created=True") }],
  },
];
