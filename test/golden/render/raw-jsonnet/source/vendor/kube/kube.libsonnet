// A library as teams keep one: mixins, hidden fields, assertions, late binding.
local object(apiVersion, kind, name) = {
  apiVersion: apiVersion,
  kind: kind,
  metadata: { name: name, labels: $.labels_ },
  labels_:: { app: std.extVar('app') },
};
{
  deployment(name, replicas): object('apps/v1', 'Deployment', name) + {
    local this = self,
    replicas_:: replicas,
    assert self.replicas_ > 0 : 'replicas must be positive',
    spec: {
      replicas: this.replicas_,
      selector: { matchLabels: this.labels_ },
      template: {
        metadata: { labels: this.labels_ },
        spec: { containers: [c { name: n } for n in std.objectFields(this.containers_) for c in [this.containers_[n]]] },
      },
    },
    containers_:: {},
  },
  configMap(name, data): object('v1', 'ConfigMap', name) + { data: data },
}
