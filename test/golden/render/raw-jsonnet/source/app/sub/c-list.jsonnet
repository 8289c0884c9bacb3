local kube = import 'kube/kube.libsonnet';
local settings = { name: 'shop', nested: { list: [1, 2.5, true, null], 'key with space': 'x: "y"' } };
function(stage, replicas) [
  kube.configMap('texts', {
    yaml: std.manifestYamlDoc(settings),
    json: std.manifestJsonEx(settings, '  '),
    ini: std.manifestIni({ main: { a: '1' }, sections: { s: { b: '2' } } }),
    file: importstr 'notes.txt',
    bytes: std.base64(importbin 'notes.txt'),
    block: |||
      first
        import 'no/file'
      last %s
    ||| % stage,
    numbers: std.toString([1e21, 0.1 + 0.2, -0, 1 / 3, 12345678901234567]),
    hash: std.md5('shop'),
    sorted: std.join(',', std.sort(['b', 'a', 'ü'])),
    unicode: '\u00fc\u2028☃',
    verbatim: @'C:\new',
  }),
  null,
  {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      kube.configMap('size-%d' % size, { replicas: std.toString(replicas * size) })
      for size in std.extVar('sizes')
      if size != 2
    ],
  },
]
