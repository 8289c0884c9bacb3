local kube = import 'kube/kube.libsonnet';
local defaults = import '../base/defaults.jsonnet';

function(stage, replicas)
  kube.deployment('web', replicas) {
    labels_+: { stage: std.asciiLower(std.split(stage, ' ')[0]) },
    containers_+: {
      web: { image: defaults.image, ports: [{ containerPort: defaults.port }], resources: { requests: defaults.size } },
    },
  }
